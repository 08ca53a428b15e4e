"""Parts of pages as lists, so that tests compare everything a page shows instead of looking for one text."""

import re

from lxml import etree

# What a page has besides its header, menu and footer: of the reader site, and of the desk.
CONTENT = "//*[self::main or @id='content']"
STORY_PATH = re.compile(r"/(?:\d{4}/\d{2}/\d{2}|undated)/([\w-]+)/")


def elements(page, path):
    """Return the elements, attributes or texts at an XPath of a response or its HTML."""
    return etree.HTML(page if isinstance(page, str) else page.content.decode()).xpath(path)


def texts(page, path):
    """Return the text of each element at an XPath, with white space collapsed."""
    return [" ".join("".join(element.itertext()).split()) for element in elements(page, path)]


def links(page, where=CONTENT):
    """Return the addresses of the links in a part of a page, in order."""
    return elements(page, f"{where}//a/@href")


def buttons(page, where=CONTENT):
    """Return the buttons in a part of a page that post a form, in order: (address of the form, name of the button).

    An empty text is the address of the page itself, or the name of a button without one. Buttons outside their form
    are included.
    """
    path = f"{where}//form[@method='post']//button[not(@type='button')] | //button[@form]"
    action = "string((ancestor::form | //form[@id=$form])/@action)"
    return [
        (button.xpath(action, form=button.get("form", "")), button.get("name", "")) for button in elements(page, path)
    ]


def fields(page, where=CONTENT):
    """Return the names of the fields that people fill in, in a part of a page, in order."""
    return elements(page, f"{where}//*[self::input[not(@type='hidden')] or self::select or self::textarea]/@name")


def story_slugs(text):
    """Return the slugs of all addresses of stories in a text, each once."""
    return set(STORY_PATH.findall(text))
