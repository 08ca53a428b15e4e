"""Django's makemessages, extended to the reader site's Jinja2 templates."""

from django.conf import settings
from django.core.management.commands import makemessages
from jinja2 import Environment

READER_TEMPLATES = settings.BASE_DIR / "templates" / "reader"


class BuildFile(makemessages.BuildFile):
    def preprocess(self):
        """Write the texts of a reader template as calls in Python, which xgettext can read."""
        if self.is_templatized and READER_TEMPLATES in (settings.BASE_DIR / self.path).resolve().parents:
            with open(self.path, encoding="utf-8") as template, open(self.work_path, "w", encoding="utf-8") as calls:
                calls.writelines(calls_of(template.read()))
        else:
            super().preprocess()


def calls_of(template):
    """Yield a line of Python for each text of a template."""
    for _line, function, message in Environment(extensions=["jinja2.ext.i18n"]).extract_translations(template):  # noqa: S701
        arguments = message if isinstance(message, tuple) else (message,)
        yield f"{function}({', '.join(repr(argument) for argument in arguments)})\n"


class Command(makemessages.Command):
    build_file_class = BuildFile
