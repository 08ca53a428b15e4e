"""Charts of the desk."""

import pytest

from desk.charts import column_chart

pytestmark = pytest.mark.django_db


def test_bars_are_centred_over_their_numbers():
    chart = column_chart("", [("day", 3, "")] * 14)
    middles = [bar["x"] + bar["width"] / 2 for bar in chart["bars"]]
    assert middles == pytest.approx([chart["width"] * (place + 0.5) / 14 for place in range(14)], abs=0.2)
