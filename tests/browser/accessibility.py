"""What axe finds wrong with a page, whether it fits the screen, and the desk in either theme."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.navigation import settle

THEMES = ("light", "dark")

AXE = Axe().axe_script
# Only violations are handed over: what is right about a page of the desk is megabytes.
RUN = "([context, options]) => axe.run(context ?? document, options).then(({violations}) => violations)"


def violations(page, context=None, rules=()):
    """Return axe's violations on a page, or in the parts of it that the selector `context` names.

    All rules are run unless some `rules` are named.
    """
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    return page.evaluate(RUN, [context, options])


def fits(page):
    """Whether nothing on a page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def show_desk_in(page, theme):
    """Switch the system and the desk to a theme, on the page that is open."""
    page.emulate_media(color_scheme=theme)
    # unfold asks what the system has when a page is loaded; afterwards its shortcut switches.
    for _press in THEMES:
        if shown_theme(page) == theme:
            break
        page.keyboard.press("Control+e")
        settle(page)
    assert shown_theme(page) == theme


def shown_theme(page):
    return "dark" if page.evaluate("document.documentElement.classList.contains('dark')") else "light"
