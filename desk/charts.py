"""Small charts of the desk: bars as SVG, with the same numbers in a table below them."""

from collections.abc import Sequence
from typing import Any

# In units of the SVG, which CSS stretches to the width of its box.
WIDTH, HEIGHT, GAP = 420, 96, 6
LOWEST_TOP = 4


def column_chart(title: str, rows: Sequence[tuple[str, int, str]], unit: str = "") -> dict[str, Any]:
    """Return a chart of [(label, number, address or "")] for `admin/_chart.html`; `unit` is what is counted."""
    # With few stories, so that a single one does not fill the height.
    most = max(LOWEST_TOP, *(number for _label, number, _url in rows))
    # Each bar is centred in its share of the width, above its column of the table.
    share = WIDTH / (len(rows) or 1)
    bars = []
    for place, (label, number, url) in enumerate(rows):
        height = round(HEIGHT * number / most, 1)
        bars.append(
            {
                "x": round(place * share + GAP / 2, 1),
                "y": round(HEIGHT - height, 1),
                "width": round(share - GAP, 1),
                "height": height,
                "label": label,
                "number": number,
                "url": url,
            }
        )
    return {"title": title, "unit": unit, "bars": bars, "width": WIDTH, "height": HEIGHT}


def share_rows(rows: Sequence[tuple[str, int, str]]) -> list[tuple[str, int, int, str]]:
    """Return [(name, number, percent of the longest, address)] of [(name, number, address)]."""
    most = max((number for _name, number, _url in rows), default=0) or 1
    return [(name, number, round(100 * number / most), url) for name, number, url in rows]
