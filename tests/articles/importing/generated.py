"""Random documents for property tests; a seed generates the same ones again."""

import json
from random import Random

# Values that YAML reads differently from how they are written, or for which JSON has no type.
PLAIN = (
    *("007", "0x1F", "0b11", "1_000", "1:30", "~", "null", "Null", "yes", "Off", "TRUE", "2020-01-01"),
    *("2020-01-01 10:00:00", "2020-01-01T10:00:00.5+02:00", ".inf", "-.inf", ".nan", "1e3", "1.50", "1.5", "-0.0"),
    *("123456789012345678901234567890", "5", "+5", "=", "<<", "calm", "a b", "1.0e+16", "0.0000001", "-1"),
)
TEXTS = (
    *(
        "",
        " ",
        "a",
        "2020",
        "null",
        "no",
        "a: b # c",
        "it's",
        'say "so"',
        "trailing ",
        "\t",
        "a\nb",
        "a\n\nb\n",
        "\r\n",
    ),
    *(
        "\x07bell",
        "\x85next",
        "\u2028line",
        "\xa0hard",
        "\ufeffmark",
        "😀",
        "Zu\u0308rich",
        "Zürich",
        "日本",
        "$yaml",
        "---",
    ),
    *("- a", "# a", "%a", "@a", "`a`", "|", ">", "{a", "[a", "a,b", "&#038;", "<b>x<y</b>", "\\", "\\n", "x" * 300),
)
KEYS = (
    *("$yaml", "$$yaml", "$as_written", "publishedDateTime", "updatedDateTime", "2020", "null", "=", "<<", "- a"),
    *("a: b", "", "日本", "#x", "secured", "title", "?", "!a", "&a", "*a", "a\nb", "y", "😀", "long" * 60, "related"),
)
DATES = (
    *("1900-01-01T00:00:00Z", "1900-01-01T00:00:00+14:00", "2199-12-31T23:59:59-05:00", "2199-12-31T23:59:59-12:00"),
    *("2026-11-20T10:00:00.123456Z", "2026-11-20", "2026-11-20 10:00:00", "2024-02-29T23:59:59+05:45"),
    *('"2026-11-20T10:00:00Z"', "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
)
URLS = (
    "https://example.com/{}?b=2&a=1#top",
    "http://www.example.com:80/{}/",
    "https://bücher.example/{}/ä",
    "https://example.com/%C3%BC/{}",
)
BODIES = (
    *("", "Text.\n", "\n\nText", "  indented\n", "a\r\nb\r\n", "---\nx\n---\ny\n", "# Head\n---\ntext: no field\n"),
    *("<p>x<y</p>", "😀\u2028\x85\n", "\ufeffmark", "...\n", "%YAML 1.2\n", 'secured: "x;y"\n---\n', "\t\n", "\n"),
)
LENGTHS = ("PT17M39S", "PT1H", "P1D", "P1DT1S", "PT0S", "PT36H", "PT1.5S")
NAMES = (
    *(
        "plain.md",
        "no-extension",
        "two.dots.md",
        "UPPER.MD",
        "upper.md",
        "con.md",
        "nul",
        "a:b.md",
        "a\\b.md",
        "-dash.md",
    ),
    *("-.md", "-#7.md", " blank .md", "Zu\u0308rich.md", "日本.txt", "README.md", "_config.md", 'quote".md', "*.md"),
    *("new\nline.md", "tab\t.md", "x" * 255, "y" * 251 + ".yml", "z" * 252 + ".md", "日" * 84 + ".md", "dot..md"),
)


class Generator:
    """Makes documents of every kind."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.number = 0

    def chance(self, share):
        return self.random.random() < share

    def story(self, **fixed):
        """Return the text of a story's document; `fixed` are fields as they are to be written."""
        self.number += 1
        number, pick = self.number, self.random.choice
        fields = {"title": quoted(f"{number} {pick(TEXTS)}"), "webUrl": quoted(pick(URLS).format(number))}
        optional = {
            "excerpt": self.scalar,
            "publishedDateTime": lambda: pick(DATES),
            "updatedDateTime": lambda: pick(DATES),
            "type": lambda: pick(["article", "video", "course", "'strange'", "2020"]),
            "quality": lambda: pick(["0", "50", '"61"', "7.0"]),
            "heat": lambda: pick(["-1", "0", "50"]),
            "published": lambda: pick(["true", "no", '"yes"', "~"]),
            "length": lambda: pick(LENGTHS),
            "provider": self.provider,
            "topics": lambda: self.list_of(lambda: pick(["AI", "2020", "null", '"Zürich"', '" AI "', "yes"])),
            "images": lambda: self.list_of(self.image),
            "related": lambda: self.list_of(self.related),
            "actions": lambda: self.list_of(
                lambda: mapping({"url": quoted("https://example.com/a"), "x": self.node()})
            ),
            "ratings": lambda: mapping({"count": "5", "average": pick(["4.5", "4", "0.1"]), "x": self.node()}),
            "items": lambda: self.list_of(lambda: quoted(pick(TEXTS))),
            "category": lambda: pick(["news", "2020", "no"]),
            "secured": lambda: quoted(pick(["blob;blob", "", "a: b"])),
        }
        fields |= {key: make() for key, make in optional.items() if self.chance(0.4)}
        unknown = [key for key in KEYS if key not in optional and key != "title"]
        fields |= {quoted(key): self.node() for key in self.random.sample(unknown, self.random.randrange(3))}
        fields |= {"x": self.node()} if self.chance(0.5) else {}
        fields |= fixed
        return document({key: value for key, value in fields.items() if value is not None}, pick(BODIES))

    def organization(self):
        fields = {"taxonomy": "organization", "name": f"Outlet {self.random.choice('ABCD')}", "domain": "one.example"}
        optional = {
            "otherNames": lambda: self.list_of(lambda: f"Outlet {self.random.choice('ABCD')}"),
            "description": lambda: quoted(self.random.choice(TEXTS)),
            "images": lambda: self.list_of(self.image),
            "x": self.node,
        }
        return document(fields | {key: make() for key, make in optional.items() if self.chance(0.5)})

    def topic(self):
        fields = {"taxonomy": "topic", "name": f"Topic {self.random.choice('ABCDE')}"}
        optional = {
            "parent": lambda: f"Topic {self.random.choice('ABCDE')}",
            "shortname": lambda: quoted(self.random.choice(TEXTS)),
            "keywords": lambda: "[a, b, a]",
            "x": self.node,
        }
        return document(fields | {key: make() for key, make in optional.items() if self.chance(0.6)})

    def short_story(self, number):
        """Return a story of a few headlines, days, outlets and topics, so that there is much in common."""
        pick = self.random.choice
        fields = {
            "title": f"Headline {pick('AB')}",
            "webUrl": f"https://one.example/{number}",
            "publishedDateTime": f"2026-11-{pick(['19', '20'])}T1{pick('012')}:00:00Z",
            "heat": pick(["50", "60"]),
            "published": pick(["true", "false"]),
            "provider": mapping(
                {
                    "name": f"Outlet {pick('ABCD')}",
                    "domain": "one.example",
                    "images": self.list_of(self.image),
                }
            ),
            "topics": self.list_of(lambda: f"Topic {pick('ABCDE')}"),
            "images": self.list_of(self.image),
            "related": self.list_of(self.related),
            "secured": quoted(pick(["blob;one", "blob;two"])),
        }
        return document(fields)

    def batch(self):
        """Return {name: text} of documents of every kind, some of which are about one thing, and some wrong."""
        texts = {}
        for number in range(14):
            make = self.random.choice([self.organization, self.topic, *[self.short_story] * 4])
            text = make(self.random.randrange(8)) if make == self.short_story else make()
            texts[f"{self.random.choice('abc')}{number}.md"] = text
        texts |= {f"{self.random.choice('abc')}-any.md": self.story(), "b-wrong.md": "---\ntitle: [\n---\n"}
        return texts | {"c-untitled.md": "---\nheat: 5\n---\n", "Thumbs.db": "\0", "picture.png": "\0"}

    def next_batch(self, texts):
        """Return a later batch: some of its documents unchanged, changed, or under other names."""
        later = {}
        for name, text in texts.items():
            if self.chance(0.4):
                later[name] = text
            elif self.chance(0.4):
                later[f"z-{name}"] = text.replace("heat: 50", "heat: 61").replace("blob;one", "blob;three")
        return later | self.batch()

    def scalar(self):
        return self.random.choice(PLAIN) if self.chance(0.6) else quoted(self.random.choice(TEXTS))

    def node(self, depth=3):
        """Return any value in flow style."""
        if depth == 0 or self.chance(0.5):
            return self.scalar()
        number = self.random.randrange(4)
        if self.chance(0.4):
            return f"[{', '.join(self.node(depth - 1) for _each in range(number))}]"
        keys = self.random.sample(KEYS, number)
        return mapping({quoted(key): self.node(depth - 1) for key in keys})

    def list_of(self, make):
        return f"[{', '.join(make() for _each in range(self.random.randrange(4)))}]"

    def provider(self):
        fields = {"name": self.random.choice(["Outlet", "2020", '"A: B"', "'  Spaced  '"]), "domain": "outlet.example"}
        fields |= {"x": self.node()} if self.chance(0.3) else {}
        return mapping(fields) if self.chance(0.9) else mapping({quoted("$yaml"): self.node(1)})

    def image(self):
        number = self.random.randrange(3)
        return mapping({"url": quoted(f"https://img.example/{number}.png"), "width": "60", "x": self.node(1)})

    def action(self):
        return mapping({"url": quoted("https://example.com/a"), "x": self.node()})

    def related(self):
        number = self.random.randrange(3)
        fields = {"title": quoted(f"Other {number}"), "publishedDateTime": self.random.choice(DATES), "x": self.node(2)}
        fields |= {"webUrl": quoted(f"https://other.example/{number}")} if self.chance(0.7) else {}
        return mapping(fields | ({"images": self.list_of(self.image)} if self.chance(0.3) else {}))


def document(fields, body=""):
    """Return the text of a document of fields as they are to be written."""
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in fields.items()) + f"---\n{body}"


def quoted(text):
    """Return a text as YAML reads it in double quotes, whatever it holds."""
    return json.dumps(text, ensure_ascii=True) if text.isascii() else quoted_beyond_ascii(text)


def quoted_beyond_ascii(text):
    return '"' + "".join(c if c not in '"\\' and " " <= c <= "~" else f"\\U{ord(c):08X}" for c in text) + '"'


def mapping(fields):
    return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"
