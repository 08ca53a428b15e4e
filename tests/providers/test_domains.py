import pytest

from providers.domains import display_domain, normalise_domain


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Outlet.Example", "outlet.example"),
        ("www.outlet.example", "outlet.example"),
        ("outlet.example.", "outlet.example"),
        ("süd-bote.example", "xn--sd-bote-n2a.example"),
        ("WWW.SÜD-BOTE.example", "xn--sd-bote-n2a.example"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_normalise(written, normal):
    assert normalise_domain(written) == normal
    assert normalise_domain(normal) == normal


@pytest.mark.parametrize(
    "wrong", ["", ".", "outlet", "-a.example", "a b.example", "a..example", "1.2.3.999", "x" * 300]
)
def test_invalid_domain_raises(wrong):
    with pytest.raises(ValueError, match="host name"):
        normalise_domain(wrong)


def test_display_domain_decodes_idna():
    assert display_domain("xn--sd-bote-n2a.example") == "süd-bote.example"
    assert display_domain("xn--broken-.example") == "xn--broken-.example"
    assert display_domain("outlet.example") == "outlet.example"
