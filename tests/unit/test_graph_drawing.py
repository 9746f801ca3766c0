"""The drawn picture: nothing overlaps, every line goes around, every word fits and can be read."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.graph.arrows import Arrow
from automation.graph.flows import Kind
from automation.graph.labels import labels
from automation.graph.lanes import Lane
from automation.graph.lines import lines
from automation.graph.mermaid import mermaid
from automation.graph.picture import Box, Part, Picture, Visitor, picture
from automation.graph.places import Places, Rect, places
from automation.graph.style import STYLE
from automation.graph.svg import svg
from tests.graph import Graph

SVG = "{http://www.w3.org/2000/svg}"
# Pixels a letter in the widest usual sans-serif, DejaVu, as a browser measures such words.
WIDEST = {"title": 9.3, "note": 6.3, "services": 6.1}


@pytest.fixture(scope="module")
def shown(graph: Graph, stack: str) -> Picture:
    return picture(graph, stack)


def _box(number: int, lane: Lane, parts: int = 0) -> Box:
    id_ = f"box{number}"
    inside = tuple(Part(id=f"{id_}/{n}", title=f"part {n}", note="") for n in range(parts))
    return Box(id=id_, component="Box", title=id_, note="", services="S3", lane=lane, parts=inside)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    lanes = draw(st.lists(st.sampled_from(Lane), min_size=2, max_size=6))
    boxes = [_box(number, lane) for number, lane in enumerate(lanes)]
    boxes.append(_box(90, Lane.LAKE, draw(st.integers(2, 4))))
    ends = [
        end
        for box in boxes
        if box.lane is not Lane.ACROSS
        for end in (box.id, *(part.id for part in box.parts))
    ]
    pairs = st.tuples(st.sampled_from(ends), st.sampled_from(ends)).filter(
        lambda pair: pair[0].split("/")[0] != pair[1].split("/")[0]
    )
    joined = draw(st.lists(pairs, max_size=6, unique=True)) if len(ends) > 5 else []
    arrows = [
        Arrow(source=a, target=b, kind=draw(st.sampled_from(Kind)), label="raw/") for a, b in joined
    ]
    visitor = Visitor(id="visitor", title="Shop", beside=ends[-1], gives=draw(st.booleans()))
    return Picture(stack="test", boxes=tuple(boxes), arrows=tuple(arrows), visitors=(visitor,))


def _foreign(arrow: Arrow, where: Places, wholes: dict[str, str]) -> list[Rect]:
    own = {*arrow.ends, *(wholes.get(end, end) for end in arrow.ends)}
    # The parts of a box that the arrow leads to lie behind its edge.
    inside = {part for part, whole in wholes.items() if whole in arrow.ends}
    return [rect for id_, rect in where.rects.items() if id_ not in own | inside]


def _check(shown: Picture) -> None:
    where = places(shown)
    wholes = shown.wholes
    page = Rect(x=0, y=0, width=where.width, height=where.height)
    for id_, rect in where.rects.items():
        assert page.holds(rect.x, rect.y)
        assert page.holds(rect.right, rect.bottom)
        for other_id, other in where.rects.items():
            if id_ < other_id and id_ not in (wholes.get(other_id), f"{other_id}/"):
                apart = other_id == wholes.get(id_) or not _overlap(rect, other)
                assert apart, (id_, other_id)
    led = lines(shown, where)
    assert set(led) == set(shown.arrows)
    for arrow, points in led.items():
        for start, end in pairwise(points):
            assert start[0] == end[0] or start[1] == end[1], "neither across nor upright"
            for rect in _foreign(arrow, where, wholes):
                assert not _overlap(rect, _segment(start, end)), (arrow, rect)
        for point, end in ((points[0], arrow.source), (points[-1], arrow.target)):
            assert _on_edge(point, where.rects[end]), (arrow, point)


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x <= other.right
        and other.x <= one.right
        and one.y <= other.bottom
        and other.y <= one.bottom
    )


def _segment(start: tuple[int, int], end: tuple[int, int]) -> Rect:
    return Rect(
        x=min(start[0], end[0]),
        y=min(start[1], end[1]),
        width=abs(start[0] - end[0]),
        height=abs(start[1] - end[1]),
    )


def _on_edge(point: tuple[int, int], rect: Rect) -> bool:
    on = point[0] in (rect.x, rect.right) or point[1] in (rect.y, rect.bottom)
    return on and rect.holds(*point)


def test_no_line_of_a_stack_touches_a_box_that_it_does_not_join(shown: Picture):
    _check(shown)


@given(pictures())
@settings(max_examples=10, deadline=None)
def test_no_line_of_any_picture_touches_a_box_that_it_does_not_join(shown: Picture):
    _check(shown)
    ElementTree.fromstring(svg(shown))  # noqa: S314 (our own)


def test_data_is_drawn_from_left_to_right(shown: Picture):
    where = places(shown)
    way = ["producer", "ingest/ingest-stream", "consumer", "lake/lake-silver", "queries"]
    lefts = [where.rects[id_].x for id_ in way]
    assert lefts == sorted(set(lefts))


def test_words_of_arrows_stand_on_the_page_and_on_no_box(shown: Picture):
    where = places(shown)
    wholes = {box.id for box in shown.boxes if box.parts}
    placed = labels(lines(shown, where), where)
    assert {arrow.label for arrow in placed} == {a.label for a in shown.arrows if a.label}
    for x, y in placed.values():
        assert 0 < x < where.width
        boxes = [rect for id_, rect in where.rects.items() if id_ not in wholes]
        assert not [rect for rect in boxes if rect.holds(x, y - 4)]


def test_every_word_fits_into_its_box_in_any_usual_font(shown: Picture):
    where = places(shown)
    for box in shown.boxes:
        if not box.parts:
            for kind, letter in WIDEST.items():
                text = getattr(box, kind)
                assert len(text) * letter < where.rects[box.id].width, text


def test_it_is_told_in_words_and_its_text_is_text(shown: Picture, stack: str):
    root = ElementTree.fromstring(svg(shown))  # noqa: S314 (our own)
    assert root.get("role") == "img"
    (title,), (desc,) = root.findall(f"{SVG}title"), root.findall(f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert stack in (title.text or "")
    assert "Producer: data to Kinesis stream (events)." in (desc.text or "")
    drawn = {text.text for text in root.iter(f"{SVG}text")}
    assert drawn >= set(shown.titles.values())


def test_it_needs_nothing_from_elsewhere(shown: Picture):
    assert not re.search(r"<script|<image|href|url\((?!#)|@import", svg(shown))


def _palettes() -> list[dict[str, str]]:
    light, dark = (
        dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", part))
        for part in STYLE.split("@media (prefers-color-scheme:dark)")
    )
    return [light, dark]


def _luminance(colour: str, behind: str = "#ffffff") -> float:
    def channels(text: str) -> list[int]:
        digits = text[1:] if len(text) > 4 else "".join(2 * digit for digit in text[1:])
        return [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]

    own = channels(colour)
    share = own[3] / 255 if own[3:] else 1.0
    parts = []
    for front, back in zip(own, channels(behind), strict=False):
        value = (front * share + back * (1 - share)) / 255
        parts.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_letters_can_be_read_on_light_and_on_dark(palette: dict[str, str]):
    for ink in ("ink", "soft"):
        for ground in ("page", "card", "whole", "flow", "batch", "serve"):
            over = palette["page"]
            bright, dim = sorted(
                (_luminance(palette[ink]), _luminance(palette[ground], over)), reverse=True
            )
            # WCAG 2.1, 1.4.3: 4.5 to 1.
            assert (bright + 0.05) / (dim + 0.05) >= 4.5, (ink, ground)


def test_both_palettes_have_the_same_colours():
    light, dark = _palettes()
    assert light.keys() == dark.keys()
    used = set(re.findall(r"var\(--([a-z-]+)\)", STYLE)) - {"tint", "rim"}
    assert used <= light.keys()


def test_mermaid_joins_what_it_declares(shown: Picture):
    text = mermaid(shown)
    assert text.startswith("flowchart LR\n")
    declared = set(re.findall(r"^ +(?:subgraph )?(\w+)[\[(]", text, re.MULTILINE))
    arrows = re.findall(r"^  (\w+) <?-\.?->(?:\|\"[^\"]*\"\|)? (\w+)$", text, re.MULTILINE)
    assert len(arrows) == len(shown.arrows)
    assert {end for pair in arrows for end in pair} <= declared
    assert text.count("subgraph ") == text.count("  end\n")


def test_mermaid_takes_no_name_for_syntax():
    end = _box(1, Lane.LAKE)
    odd = Box(
        id="end",
        component="Box",
        title='a "quoted" #1 [name]',
        note="",
        services="S3",
        lane=Lane.SERVE,
    )
    arrow = Arrow(source=end.id, target=odd.id, label="a|b")
    text = mermaid(Picture(stack="test", boxes=(end, odd), arrows=(arrow,), visitors=()))
    assert '  end_["a #quot;quoted#quot; #35;1 [name]<br>S3"]' in text
    assert '  box1 -->|"a|b"| end_' in text


def test_an_arrow_with_two_heads_ends_at_a_subgraph():
    lake, batch = _box(1, Lane.LAKE, 2), _box(2, Lane.BATCH)
    arrow = Arrow(source="box1", target="box2", both=True)
    text = mermaid(Picture(stack="test", boxes=(lake, batch), arrows=(arrow,), visitors=()))
    assert "  box2 <--> box1\n" in text
