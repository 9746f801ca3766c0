"""The charts as PNG files: the light theme on white, twice the pixels, each with its title and what
it says.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import vl_convert

from report.charts import NAMES, Chart, draw
from report.results import QueryResult
from report.theme.palette import LIGHT, vega_config

WIDTH = 680
SCALE = 2
MARGIN = 20
_LETTERS_A_LINE = 92


def write_pngs(folder: Path, results: Sequence[QueryResult]) -> tuple[Path, ...]:
    """Writes `<chart>.png` for each chart that has rows (`<chart>-<currency>.png` for further
    currencies).

    Images of an earlier run that this one has no chart for are removed, so that the folder never
    shows two runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        for old in (*folder.glob(f"{name}.png"), *folder.glob(f"{name}-*.png")):
            old.unlink()
    written: list[Path] = []
    for chart in draw(results):
        if chart.spec is not None:
            path = folder / f"{chart.name}.png"
            path.write_bytes(_image(chart))
            written.append(path)
    return tuple(written)


def _image(chart: Chart) -> bytes:
    title = {"text": chart.title, "subtitle": textwrap.wrap(chart.reading, _LETTERS_A_LINE)}
    spec = {**(chart.spec or {}), "width": WIDTH, "padding": MARGIN, "title": title}
    config = {**vega_config(LIGHT), "background": "white"}
    return vl_convert.vegalite_to_png(spec, config=config, scale=SCALE)
