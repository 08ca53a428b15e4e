import pytest
from environs import ValidationError

from newsroom.environment import accept_former_names, validate_networks

RENAMED = {"OLD_LIMIT": "NEW_LIMIT"}


def test_former_name_works_with_a_warning():
    environ = {"OLD_LIMIT": "5"}
    with pytest.warns(FutureWarning, match="OLD_LIMIT was renamed to NEW_LIMIT; OLD_LIMIT works until"):
        accept_former_names(environ, RENAMED)
    assert environ["NEW_LIMIT"] == "5"


def test_present_name_wins_over_the_former():
    environ = {"OLD_LIMIT": "5", "NEW_LIMIT": "7"}
    with pytest.warns(FutureWarning, match="OLD_LIMIT is ignored because both are set"):
        accept_former_names(environ, RENAMED)
    assert environ["NEW_LIMIT"] == "7"


def test_current_name_alone_gives_no_warning(recwarn):
    accept_former_names({"NEW_LIMIT": "7"}, RENAMED)
    assert not recwarn.list


@pytest.mark.parametrize("values", [[], [""], ["10.1.0.0/16", " fd00::/8 "], ["127.0.0.1"]])
def test_valid_networks(values):
    validate_networks(values)


@pytest.mark.parametrize("values", [["10.1.0.1/16"], ["10.1.0.0/33"], ["10.1.0.0/16", "intranet"], ["10.1"]])
def test_invalid_networks(values):
    with pytest.raises(ValidationError, match=values[-1]):
        validate_networks(values)
