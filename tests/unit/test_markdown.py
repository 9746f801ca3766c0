"""Whatever a resource is called, the comment stays a comment."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation import markdown

ANY = st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=200)


@pytest.mark.parametrize(
    "raw", ["thanks @octocat", "fixes #12", "see GH-7", "https://evil.example/x", "a@b.example"]
)
def test_nothing_mentions_or_links(raw):
    safe = markdown.text(raw)
    assert not re.search(r"@\w|#\d|GH-\d|https?://", safe)
    assert safe.replace("\u200b", "").replace("\\", "") == raw


def test_markup_is_shown_instead_of_obeyed():
    assert markdown.text("<!-- x --> | **b**") == "&lt;!-- x --&gt; \\| \\*\\*b\\*\\*"


@given(ANY)
def test_a_cell_is_one_line_and_never_ends_its_column(raw):
    safe = markdown.text(raw)
    assert "\n" not in safe
    assert not re.search(r"(?<!\\)(?:\\\\)*\|", safe)
    assert "<" not in safe


def _fence(block: str) -> str:
    found = re.match(r"`+", block)
    assert found
    return found.group()


@given(ANY)
def test_a_block_is_closed_by_its_own_fence_only(raw):
    block = markdown.fenced(raw.splitlines(), "diff")
    fence = _fence(block)
    assert len(fence) >= 3
    inside = block[len(fence) + len("diff\n") : -len(fence)]
    assert fence not in inside


@given(ANY)
def test_inline_code_cannot_be_left(raw):
    coded = markdown.code(raw)
    fence = _fence(coded)
    assert fence not in coded[len(fence) : -len(fence)] or not raw.strip()


def test_a_long_message_is_cut_between_characters_and_says_so():
    cut = markdown.text("ä" * 1000)
    assert cut.endswith("…")
    assert len(cut) == 300


def test_inside_an_element_no_markdown_is_written():
    assert markdown.html("my_stack <b> & @me") == "my_stack &lt;b&gt; &amp; @\u200bme"
