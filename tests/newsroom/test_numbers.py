from django.utils.translation import override

from newsroom.numbers import format_number


def test_separators_of_thousands_follow_the_language():
    assert format_number(3007) == "3,007"
    with override("de"):
        assert format_number(3007) == "3.007"
