"""Small charts of the desk: bars drawn by the server, with the same numbers as a table below them."""

# Of the drawing, in its own units; CSS makes it as wide as there is room.
WIDTH, HEIGHT, GAP = 420, 96, 6
LOWEST_TOP = 4


def column_chart(title, rows, unit=""):
    """Return a chart of [(label, number, address or "")] for `admin/_chart.html`; `unit` says what is counted."""
    # A single story is no mountain.
    most = max(LOWEST_TOP, *(number for _label, number, _url in rows))
    # Each bar in the middle of its share of the width, as the table below has its columns.
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


def share_rows(rows):
    """Return [(name, number, percent of the longest, address)] of [(name, number, address)]."""
    most = max((number for _name, number, _url in rows), default=0) or 1
    return [(name, number, round(100 * number / most), url) for name, number, url in rows]
