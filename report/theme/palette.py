"""Colours by meaning, light and dark, and the Vega config that uses them.

Chart specs name a colour by its role (`colour("web")`); the config says what it is. On the page
that is a CSS variable, so that a change of theme, or printing, needs no redraw; in an image it is
the light value. Channels and customer groups are told apart with any colour vision: orange against
blue, and light against dark where hues are close.
"""

from collections.abc import Mapping

LIGHT = {
    "page": "#f5f6f8",
    "card": "#ffffff",
    "line": "#dfe3e8",
    "grid": "#eceff3",
    "track": "#eef1f5",
    "ink": "#1b2430",
    "muted": "#566171",
    "link": "#1d5fae",
    "accent": "#4a6385",
    "web": "#16458c",
    "app": "#1f7dae",
    "store": "#bf5600",
    "new": "#17a08c",
    "returning": "#573d9e",
    "unknown": "#87929f",
}
DARK = {
    "page": "#10151c",
    "card": "#19202a",
    "line": "#2d3744",
    "grid": "#263040",
    "track": "#242d39",
    "ink": "#e8edf3",
    "muted": "#a3afbd",
    "link": "#7db7ff",
    "accent": "#8ea9cd",
    "web": "#4f94e6",
    "app": "#8bd6f3",
    "store": "#ff9d4d",
    "new": "#43d3bd",
    "returning": "#a286f0",
    "unknown": "#76818f",
}
FONT = (
    "Inter, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"
)

_PARAMETER = "colour_"


def parameter(role: str) -> str:
    """The name under which a spec's expressions find a colour."""
    return _PARAMETER + role


def css_variables() -> dict[str, str]:
    return {role: f"var(--{role})" for role in LIGHT}


def vega_config(colours: Mapping[str, str]) -> dict[str, object]:
    """The look of every chart; `colours` are LIGHT for an image, `css_variables()` for the page."""
    muted, ink = colours["muted"], colours["ink"]
    return {
        "params": [{"name": parameter(role), "value": value} for role, value in colours.items()],
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted,
            "labelFontSize": 12,
            "titleColor": muted,
            "titleFontWeight": "normal",
            "gridColor": colours["grid"],
            "domainColor": colours["line"],
            "ticks": False,
            "labelPadding": 8,
        },
        "legend": {
            "labelColor": ink,
            "labelFontSize": 12,
            "title": None,
            "symbolType": "square",
            "symbolSize": 110,
            "columnPadding": 16,
            "offset": 10,
        },
        "title": {
            "color": ink,
            "fontSize": 18,
            "fontWeight": 600,
            "subtitleColor": muted,
            "subtitleFontSize": 13,
            "subtitlePadding": 6,
            "anchor": "start",
            "frame": "bounds",
            "offset": 18,
        },
        "text": {"color": ink, "fontSize": 13},
    }
