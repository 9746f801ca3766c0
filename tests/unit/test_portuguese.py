"""Generated pages in Portuguese say what the English ones say, and no phrase is left over."""

import ast

import pytest

from automation.errors import UserError
from tests.graph import ROOT
from tools import contract as tool
from tools import dictionary
from tools.portuguese import phrases, portuguese

# Where the words of docs/cost-optimisation.md come from.
SAYING = ("automation/cost/savings.py", "tools/optimisation.py")


def test_the_portuguese_dictionary_is_current():
    page = tool.DICTIONARY_PT.read_text()
    assert page == tool.dictionary_in_portuguese(), "run `python -m tools.contract`"


def test_both_dictionaries_have_the_same_tables_columns_and_types():
    english, ours = _columns(tool.dictionary()), _columns(tool.dictionary_in_portuguese())
    assert len(english) > 100
    lists = ("list of records", portuguese("list of records"))
    assert [tuple(cell.replace(*lists) for cell in row) for row in english] == ours


def _columns(page: str) -> list[tuple[str, ...]]:
    """Each table's heading, and name and type of each column, in order."""
    named = [line for line in page.splitlines() if line.startswith(("### ", "| `"))]
    return [tuple(line.strip("|").split("|")[:2]) for line in named]


def test_the_dictionary_has_every_table_of_the_catalog():
    from contract import gold, shop_changes, tables

    layers = (tables.BRONZE, tables.SILVER, shop_changes.SHOP_SILVER, gold.gold())
    made = [shop_changes.QUARANTINED_CHANGES, *(table for layer in layers for table in layer)]
    page = tool.dictionary()
    assert [one.name for one in made if f"### `{one.name}`\n" not in page] == []


def test_a_meaning_without_portuguese_stops_the_page_and_says_where_it_goes():
    with pytest.raises(UserError, match=r"phrases.yaml has no Portuguese of 'Colour of the cat'"):
        portuguese("Colour of the cat")


def test_a_setting_is_the_same_in_every_language():
    assert (
        portuguese("ingest.mode: provisioned, shards: 3") == "ingest.mode: provisioned, shards: 3"
    )


def test_no_phrase_is_of_a_text_that_nobody_says_any_more():
    said: set[str] = set()
    dictionary.page(lambda text: said.add(text) or text, other="")
    for file in SAYING:
        said |= _strings(file)
    page = (ROOT / "docs" / "cost-optimisation.md").read_text()  # numbers stand in some phrases
    assert [one for one in phrases() if one not in said and f"| {one} |" not in page] == []


def _strings(file: str) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse((ROOT / file).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
