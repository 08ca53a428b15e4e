from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.ranking import EPOCH, rank, rerank
from tests.conftest import ROOT
from tests.factories import NOON, make_story

HEATS = st.integers(0, 100_000)
AGES = st.timedeltas(timedelta(0), timedelta(days=3650))


def test_unscored_story_has_no_rank():
    assert rank(-1, NOON) is None


@pytest.mark.parametrize("heat", [0, 1])
def test_heat_up_to_one_does_not_change_the_rank(heat):
    assert rank(heat, EPOCH) == 0


def test_twice_the_heat_equals_one_half_life():
    assert rank(100, NOON, half_life_hours=12) == pytest.approx(
        rank(50, NOON + timedelta(hours=12), half_life_hours=12)
    )


def test_half_life_is_read_from_the_settings(settings):
    settings.RANK_HALF_LIFE_HOURS = 24.0
    assert rank(1, EPOCH + timedelta(hours=48)) == 2


@given(HEATS, AGES, HEATS, AGES, AGES)
def test_order_of_two_stories_never_changes(heat, age, other_heat, other_age, later):
    """As the ranks hold no "now", shifting both stories together never swaps them."""
    difference = rank(heat, EPOCH + age, 12) - rank(other_heat, EPOCH + other_age, 12)
    shifted = rank(heat, EPOCH + age + later, 12) - rank(other_heat, EPOCH + other_age + later, 12)
    assert difference == pytest.approx(shifted, abs=1e-6)


@given(HEATS, HEATS, AGES)
def test_hotter_story_of_the_same_age_ranks_no_lower(heat, other_heat, age):
    low, high = sorted((heat, other_heat))
    assert rank(low, EPOCH + age, 12) <= rank(high, EPOCH + age, 12)


def test_worked_example_in_the_docs_is_right():
    text = (ROOT / "docs" / "ranking.md").read_text(encoding="utf-8")
    for heat, hours, expected in ((64, 0, "6.000"), (16, 18, "5.500"), (250, -24, "5.966")):
        assert f"{rank(heat, EPOCH + timedelta(hours=hours), 12):.3f}" == expected
        assert expected in text


@pytest.mark.django_db
def test_rerank_applies_a_new_half_life(settings):
    scored, unscored = make_story(heat=8), make_story(heat=-1)
    settings.RANK_HALF_LIFE_HOURS = 48.0
    assert rerank() == 1
    scored.refresh_from_db()
    unscored.refresh_from_db()
    assert scored.rank == rank(8, scored.dated_at, 48)
    assert unscored.rank is None
    assert rerank() == 0
