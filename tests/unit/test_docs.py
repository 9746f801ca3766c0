"""Documents are true: generated pages are current, and files they name are there."""

import re
from pathlib import Path

import pytest

from automation.graph import page as architecture
from tests.graph import FOUNDATION, ROOT, recorded
from tools import configuration

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "warehouse" / "README.md",
        ROOT / "bi" / "README.md",
    ]
)
# Each Portuguese page and the English one that says the same.
PAIRS = {
    "docs/pt/README.md": "README.md",
    "docs/pt/arquitetura.md": "docs/architecture.md",
    "docs/pt/custos.md": "docs/cost-optimisation.md",
    "docs/pt/dicionario-de-dados.md": "docs/data-dictionary.md",
    "docs/pt/implementacao.md": "docs/deployment.md",
    "docs/pt/terraform.md": "docs/terraform.md",
}
# Those that say it line by line, so that they name the same files, commands and settings.
LINE_BY_LINE = ("docs/pt/custos.md", "docs/pt/implementacao.md", "docs/pt/terraform.md")
# Translated inside the code.
NOT_SHARED = {"--allow-data-loss NAME", "--allow-data-loss NOME"}
# Made by running something; they are not in the repository.
MADE = ("out/", "dist/", ".local/", ".venv/")
WORDS = {"`unit`", "`emulator`", "`offline preview`", "`not run`"}


def test_the_configuration_page_is_current():
    assert configuration.PAGE.read_text() == configuration.page(), (
        "run `python -m tools.configuration`"
    )


def test_the_architecture_page_and_its_picture_are_current():
    for file, text in architecture.generated(recorded).items():
        assert file.read_text() == text, (
            f"{file.name} is stale: run `python -m automation.graph.page`, and look at it"
        )


def test_the_architecture_page_has_every_generated_part():
    parts = re.findall(r"<!-- generated: (\w+) -->\n(.+?)\n<!-- end -->", _text(), re.DOTALL)
    assert [name for name, _ in parts] == ["components", "environments", "decisions"]
    for decision in (ROOT / "docs" / "adr").glob("*.md"):
        assert f"(adr/{decision.name})" in parts[2][1]


def test_only_the_generated_parts_of_a_page_are_written_anew():
    page = "by hand\n<!-- generated: decisions -->\nold\n<!-- end -->\nby hand\n"
    assert architecture.filled(page, {"decisions": "new"}) == page.replace("old", "new")
    with pytest.raises(KeyError, match="decisions"):
        architecture.filled(page, {})


def _text() -> str:
    return (ROOT / "docs" / "architecture.md").read_text()


def _verified() -> list[tuple[str, set[str]]]:
    """Component and words of each row of the table in docs/testing.md."""
    text = (ROOT / "docs" / "testing.md").read_text()
    _, table = text.split("| component | what | verified |\n|---|---|---|\n")
    rows = [row.strip("|").split("|") for row in table.partition("\n\n")[0].splitlines()]
    return [(component.strip(" `"), set(how.strip().split(", "))) for component, _, how in rows]


def test_of_every_component_it_is_said_how_it_was_verified():
    assert {component for component, _ in _verified()} == set(architecture.purposes())


def test_how_it_was_verified_is_said_in_four_words_only():
    for component, how in _verified():
        assert how <= WORDS, f"{component}: {how - WORDS}"
        assert how == {"`not run`"} or "`not run`" not in how, f"{component}: run or not?"


def test_what_no_stack_deploys_to_the_emulator_is_not_called_verified_there():
    graphs = recorded("local"), recorded("local", FOUNDATION)
    local = {node.type.rsplit(":", 1)[-1] for graph in graphs for node in graph.nodes.values()}
    for component, how in _verified():
        assert "`emulator`" not in how or component in local, component


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_linked_file_is_there(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_in_code_is_there(page):
    for path in re.findall(r"`((?:[a-z_.]+/)+[A-Za-z_.-]*)`", page.read_text()):
        folder = path.split("/")[0]
        if (ROOT / folder).is_dir() and not path.startswith(MADE):  # else it is a key in the lake
            assert (ROOT / path).exists(), f"{page.name} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_word_is_one(page):
    words = re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {word for line in words for word in line.split()}
    for word in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE):
        assert word in known, f"{page.name} says `make {word}`"


def test_every_portuguese_page_has_its_english_one():
    made = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs" / "pt").glob("*.md")}
    assert made == set(PAIRS)


@pytest.mark.parametrize(("portuguese", "english"), PAIRS.items())
def test_a_page_and_its_translation_link_to_each_other(portuguese, english):
    for page, other in ((portuguese, english), (english, portuguese)):
        assert ROOT / other in _linked(ROOT / page), f"{page} does not link to {other}"


@pytest.mark.parametrize("portuguese", LINE_BY_LINE)
def test_a_page_and_its_translation_name_the_same_files_and_settings(portuguese):
    ours, theirs = ROOT / portuguese, ROOT / PAIRS[portuguese]
    translated = {ROOT / english: ROOT / page for page, english in PAIRS.items()}
    links = {translated.get(link, link) for link in _linked(theirs) | {theirs}}
    assert {translated.get(link, link) for link in _linked(ours) | {ours}} == links
    assert _code(ours) - NOT_SHARED == _code(theirs) - NOT_SHARED


def _linked(page: Path) -> set[Path]:
    """The files that a page links to."""
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text())
    return {(page.parent / target).resolve() for target in targets}


def _code(page: Path) -> set[str]:
    """What a page says in code, and the commands of its blocks."""
    text = page.read_text()
    commands = re.findall(r"^ *(make [a-z]+ STACK=\w+)", text, re.MULTILINE)
    return {*re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text), *commands}
