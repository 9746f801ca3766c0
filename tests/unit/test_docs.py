"""Documents are true: generated pages are current, and files they name are there."""

import re

import pytest

from tests.graph import ROOT
from tools import configuration

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "warehouse" / "README.md"]
)
# Made by running something; they are not in the repository.
MADE = ("out/", "dist/", ".local/", ".venv/")


def test_the_configuration_page_is_current():
    assert configuration.PAGE.read_text() == configuration.page(), (
        "run `python -m tools.configuration`"
    )


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
