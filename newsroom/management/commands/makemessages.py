"""Django's makemessages, extended to the reader site's Jinja2 templates."""

from collections.abc import Iterator

from django.conf import settings
from django.core.management.commands import makemessages
from jinja2 import Environment
from jinja2.ext import extract_from_ast

READER_TEMPLATES = settings.BASE_DIR / "templates" / "reader"


class BuildFile(makemessages.BuildFile):
    def preprocess(self) -> None:
        """Write the texts of a reader template as Python calls, which xgettext can read."""
        if self.is_templatized and READER_TEMPLATES in (settings.BASE_DIR / self.path).resolve().parents:
            with open(self.path, encoding="utf-8") as template, open(self.work_path, "w", encoding="utf-8") as calls:
                calls.writelines(calls_of(template.read()))
        else:
            super().preprocess()


def calls_of(template: str) -> Iterator[str]:
    """Yield a line of Python for each text of a template."""
    environment = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701 - parses only
    for _line, function, message in extract_from_ast(environment.parse(template)):
        arguments = message if isinstance(message, tuple) else (message,)
        yield f"{function}({', '.join(repr(argument) for argument in arguments)})\n"


class Command(makemessages.Command):
    build_file_class = BuildFile
