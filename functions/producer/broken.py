"""Documents as broken clients send them, made from a good event; none decodes by the contract.

No kind holds a newline: each stays one document on the stream, and costs the consumer only itself.
"""

import json
from typing import Literal, cast, get_args

Kind = Literal[
    "not JSON",
    "truncated JSON",
    "missing field",
    "wrong type",
    "unknown event_type",
    "impossible date",
    "no time zone",
    "wrong channel",
    "invalid UTF-8",
    "empty object",
    "quantity as text",
    "number too large",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
_NEEDS_A_NUMBER: frozenset[Kind] = frozenset({"quantity as text", "number too large"})
_NUMBER = {"add_to_cart": "quantity", "checkout": "items", "order_confirmed": "quantity"}


def kinds_for(event_type: str) -> tuple[Kind, ...]:
    """The kinds that an event of this type can be broken in; a page view holds no number."""
    if event_type in _NUMBER:
        return KINDS
    return tuple(kind for kind in KINDS if kind not in _NEEDS_A_NUMBER)


def damage(data: bytes, kind: Kind) -> bytes:
    """The event JSON `data`, broken. Raises KeyError for a kind not in `kinds_for` its type."""
    match kind:
        case "not JSON":
            return b"<html><body>502 Bad Gateway</body></html>"
        case "truncated JSON":
            return data[: len(data) // 2]
        case "invalid UTF-8":
            return data.replace(b'"session_id":"', b'"session_id":"\xff', 1)
        case "empty object":
            return b"{}"
        case _:
            return _with_a_wrong_field(cast("dict[str, object]", json.loads(data)), kind)


def _with_a_wrong_field(document: dict[str, object], kind: Kind) -> bytes:
    match kind:
        case "missing field":
            del document["session_id"]
        case "wrong type":
            document["session_id"] = 17
        case "unknown event_type":
            document["event_type"] = "wishlist_add"
        case "impossible date":
            document["occurred_at"] = "2026-02-30T12:00:00Z"
        case "no time zone":
            document["occurred_at"] = str(document["occurred_at"]).removesuffix("Z")
        case "wrong channel":
            document["channel"] = "fax"
        case "quantity as text":
            _set_number(document, "3 pieces")
        case _:
            _set_number(document, 10**30)
    return json.dumps(document, separators=(",", ":")).encode()


def _set_number(document: dict[str, object], value: object) -> None:
    field = _NUMBER[str(document["event_type"])]
    lines = cast("list[dict[str, object]]", document.get("lines", [document]))
    lines[0][field] = value
