"""Markdown for GitHub from text that is not ours: nothing in it may mention, link, break a table or
leave a block.

It knows nothing of stacks (`automation.comment`).
"""

import re
from collections.abc import Iterable, Sequence
from html import escape

# Zero-width, so that people read the same text and GitHub sees no mention and no link.
_BREAK = "\u200b"
# Characters of a message; a longer one is in the full text and in the log.
LONGEST = 300


def text(raw: str, longest: int = LONGEST) -> str:
    """Text in a sentence or a table cell, on one line of at most `longest` characters."""
    line = " ".join(raw.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_{}\[\]|~])", r"\\\1", line)
    return inert(line)


def inert(raw: str) -> str:
    """The same text without what GitHub turns into mentions, issue links or closing words."""
    raw = re.sub(r"@(?=\w)", f"@{_BREAK}", raw)
    raw = re.sub(r"#(?=\d)", f"#{_BREAK}", raw)
    raw = re.sub(r"\bGH-(?=\d)", f"GH-{_BREAK}", raw, flags=re.IGNORECASE)
    return re.sub(r"(https?):(?=//)", rf"\1{_BREAK}:", raw)


def html(raw: str) -> str:
    """Text inside an HTML element, where GitHub reads no Markdown."""
    return inert(escape(" ".join(raw.split()), quote=True))


def code(raw: str) -> str:
    """A name as inline code: as it stands, whatever backticks are in it."""
    line = " ".join(raw.split()).replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def fenced(lines: Iterable[str], language: str) -> str:
    """A code block that its content cannot leave."""
    body = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """A table of cells that are Markdown already; `numeric` columns stand to the right."""
    rule = ["--:" if index in numeric else "---" for index in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def details(summary: str, body: str) -> str:
    """A part that opens on a click, under a line of HTML.

    The empty lines make GitHub read Markdown inside.
    """
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
