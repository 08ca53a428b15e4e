"""Measure how long the worst bodies take to become a page's HTML: `bench/bodies.py [--size BYTES]`.

Each repeats a construct of Markdown or HTML up to a MiB, the limit of a document, and again up to the largest size
that is still rendered. Each time is shown with how the body is shown: rendered, or as plain text.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEBIBYTE = 1 << 20
TARGET_SECONDS = 1.0
MARKDOWN = {
    "rules": "---\n",
    "lists": "- a\n",
    "nested lists": "- - - - a\n",
    "nested numbers": "1. 1. 1. 1. a\n",
    "deep lists": f"{'- ' * 15}a\n",
    "numbered lists": "1. a\n",
    "quotes": "> a\n",
    "nested quotes": f"{'>' * 50}\n",
    "headings": "# a\n",
    "underlined headings": "a\n=\n",
    "paragraphs": "a\n\n",
    "broken lines": "a  \n",
    "brackets": "[",
    "links": "[a](b)",
    "references": "[a]: /u\n",
    "pictures": "![[]()",
    "emphasis": "**a*",
    "emphasis of both kinds": "*_",
    "backticks": "`a``b",
    "tables": "|a|b|\n|-|-|\n",
    "less-than signs": "a<",
    "addresses": "a <http://a.b>",
    "entities": "&amp;",
    "backslashes": "\\*",
}
WITH_OPENING = {
    "lines in a nested quote": (">" * 100 + " a\n", "b\n"),
    "rows of one table": ("|a|\n|-|\n", "|a|\n"),
    "empty rows of a wide table": (f"|{'a|' * 400}\n|{'-|' * 400}\n", "|\n"),
}
HTML = {
    "paragraphs in HTML": "<p>a</p>\n",
    "open paragraphs in HTML": "<p>",
    "bold in HTML": "<b></b>",
    "breaks in HTML": "<br>",
    "links in HTML": '<a href="http://a.b/">x</a>',
    "a tower of tags": "<div>",
    "less-than signs in HTML": "<p><<<<<<",
    "comments in HTML": "<p></p><!---->",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=MEBIBYTE, help="size of the bodies in bytes")
    size = parser.parse_args().size
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    os.environ |= {"NEWSROOM_ENV": "development", "DEBUG": "0"}
    sys.path.insert(0, str(ROOT))

    worst = [measure(name, body) for name, body in bodies(size)]
    print(f"\nthe worst {max(worst):.2f} s, aim {TARGET_SECONDS:.0f} s")


def bodies(size):
    """Yield (name, body) with at most `size` characters."""
    for name, part in (MARKDOWN | HTML).items():
        yield name, part * (size // len(part))
    for name, (opening, part) in WITH_OPENING.items():
        yield name, opening + part * ((size - len(opening)) // len(part))
    # Only a table parser treats this text as markup.
    yield "text in a table in HTML", f"<table>{'<p></p>' * (size // 7)}"


def measure(name, body):
    """Print the processor seconds of a body, whole and shortened until it is rendered; return the longer time."""
    from articles.sanitising import body_html

    rendered = longest_rendered(body)
    times = []
    for text in (body, rendered):
        begin = time.process_time()
        body_html.__wrapped__(text)
        times.append(time.process_time() - begin)
    mode = "rendered" if len(rendered) == len(body) else "plain text"
    print(
        f"{name:28} {len(body):>9,} {mode:10} {times[0]:6.2f} s   {len(rendered):>9,} rendered {times[1]:6.2f} s",
        flush=True,
    )
    return max(times)


def longest_rendered(body):
    """Return the longest start of a body that is rendered, by bisection."""
    from articles.sanitising import is_plain_text_better

    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if is_plain_text_better(body[:middle]) else (middle, high)
    return body[:low]


if __name__ == "__main__":
    main()
