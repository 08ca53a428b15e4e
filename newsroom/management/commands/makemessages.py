"""Django's makemessages, for the paper's templates, too: it cannot read Jinja2 by itself."""

from django.conf import settings
from django.core.management.commands import makemessages
from jinja2 import Environment

PAPER = settings.BASE_DIR / "templates" / "reader"


class BuildFile(makemessages.BuildFile):
    def preprocess(self):
        """Write the file's texts where they will be looked for; a template's as calls in Python."""
        if self.is_templatized and PAPER in (settings.BASE_DIR / self.path).resolve().parents:
            with open(self.path, encoding="utf-8") as template, open(self.work_path, "w", encoding="utf-8") as calls:
                calls.writelines(calls_of(template.read()))
        else:
            super().preprocess()


def calls_of(template):
    """Yield a line of Python for each text of a template."""
    for _line, function, said in Environment(extensions=["jinja2.ext.i18n"]).extract_translations(template):  # noqa: S701
        given = said if isinstance(said, tuple) else (said,)
        yield f"{function}({', '.join(repr(text) for text in given)})\n"


class Command(makemessages.Command):
    build_file_class = BuildFile
