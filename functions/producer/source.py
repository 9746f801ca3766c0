"""Documents from a public HTTP API: one GET, one document per element of the JSON that comes back.

By default the documents are what the API said, as compact JSON. They are no shop events, so the
consumer quarantines them; an API that means something to the shop needs a `wrap` that makes events
of its elements.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
import urllib3

MAX_BYTES = 1_048_576
TIMEOUT = urllib3.Timeout(connect=5, read=15)
# Only what may pass by itself is tried again: no answer, too many requests, a server at fault.
RETRIES = urllib3.Retry(
    total=3, redirect=3, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504)
)
_OK = 200


class SourceError(Exception):
    """The source gave no usable documents; the message names address, reason and way out."""


def fetch(
    url: str,
    *,
    wrap: Callable[[bytes], bytes] = bytes,
    retries: urllib3.Retry = RETRIES,
    timeout: urllib3.Timeout = TIMEOUT,
) -> list[bytes]:
    """GET `url` and give its documents, each through `wrap`. Raises SourceError."""
    return [wrap(document) for document in documents(_get(url, retries, timeout), url)]


def documents(body: bytes, url: str) -> list[bytes]:
    """The elements of a JSON array, or the one object: compact JSON, numbers as they were written.

    Raises SourceError for anything else.
    """
    try:
        value: object = msgspec.json.decode(body)
        elements = (
            msgspec.json.decode(body, type=list[msgspec.Raw])
            if isinstance(value, list)
            else [msgspec.Raw(body)]
        )
    except ValueError as error:
        raise SourceError(f"{url} did not answer with JSON: {error}") from error
    if not isinstance(value, list | dict):
        raise SourceError(
            f"{url} answered with a JSON {type(value).__name__}; an array or an object is needed"
        )
    return [bytes(msgspec.json.format(element, indent=-1)) for element in elements]


def _get(url: str, retries: urllib3.Retry, timeout: urllib3.Timeout) -> bytes:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(
            f"the source address {url!r} is not usable:"
            " give an http:// or https:// address with a host"
        )
    try:
        with urllib3.PoolManager() as pool:
            response = pool.request(
                "GET",
                url,
                headers={"Accept": "application/json", "User-Agent": "shoptrend-producer"},
                preload_content=False,
                retries=retries,
                timeout=timeout,
            )
            if response.status != _OK:
                raise SourceError(
                    f"{url} answered with status {response.status} {response.reason or ''}".rstrip()
                    + ": check the address in a browser"
                )
            body = bytearray()
            for chunk in response.stream(65_536):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise SourceError(
                        f"{url} answered with more than {MAX_BYTES:,} bytes:"
                        " ask it for fewer elements"
                    )
    except urllib3.exceptions.HTTPError as error:
        raise SourceError(f"{url} did not answer: {error}") from error
    return bytes(body)
