"""The reader site's templates: Jinja2, which makes a page in a fraction of the time Django's own take (decision 10).

Each language has an environment, in which everything that is the same on all pages (texts, addresses, static files) is
put into the templates when they are compiled.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import defaultfilters
from django.template.backends.base import BaseEngine
from django.template.backends.jinja2 import Jinja2
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.module_loading import import_string
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext, npgettext, pgettext
from jinja2 import BaseLoader, ChainableUndefined, Environment, FileSystemLoader, TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from newsroom.addresses import address_of

# Where a line ends and the next begins. The newlines stay: one may part two words, and errors name lines.
INDENTATION = re.compile(r"[^\S\n]*\n[^\S\n]*")
# A site has a few languages and one prefix; requests that make up others must not fill the memory.
MOST_ENVIRONMENTS = 16
# What every template may call.
MACROS = "includes/_parts.html"
FROM_DJANGO = ("date", "floatformat", "urlencode")


class Paper(BaseEngine):
    """A template backend: Django's own for Jinja2, once for each language and prefix of the site's paths."""

    def __init__(self, params: dict[str, Any]) -> None:
        options = params["OPTIONS"]
        super().__init__({name: value for name, value in params.items() if name != "OPTIONS"})
        self.context_processors = [import_string(path) for path in options.get("context_processors", ())]
        self.backends: dict[tuple, Jinja2] = {}

    def get_template(self, template_name: str) -> "PaperTemplate":
        return PaperTemplate(self.backend_here().get_template(template_name), self.context_processors)

    def backend_here(self) -> Jinja2:
        """Return the backend of the active language. With RELOAD_TEMPLATES, a changed file makes a new one."""
        key = (get_language(), get_script_prefix(), version_of_templates(self.dirs))
        if key not in self.backends:
            if len(self.backends) >= MOST_ENVIRONMENTS:
                self.backends.clear()
            self.backends[key] = self.make_backend()
        return self.backends[key]

    def make_backend(self) -> Jinja2:
        options = {
            "environment": f"{__name__}.{environment.__name__}",
            "loader": TrimmingLoader(self.dirs),
            "joins_includes": not settings.RELOAD_TEMPLATES,
            "auto_reload": False,
            # As in Django's templates, what was not given is nothing.
            "undefined": ChainableUndefined,
        }
        backend = Jinja2({"NAME": self.name, "DIRS": self.dirs, "APP_DIRS": False, "OPTIONS": options})
        backend.get_template(MACROS)
        return backend


class PaperTemplate:
    """A template in whose context a view's values come before those of all pages; forms here need no tokens."""

    def __init__(self, template: Any, context_processors: Iterable) -> None:
        self.template, self.context_processors = template, context_processors
        self.origin = template.origin
        self.name = template.origin.template_name

    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> str:
        values: dict[str, Any] = {}
        if request is not None:
            values["request"] = request
            for processor in self.context_processors:
                values |= processor(request)
        return self.template.render(values | (context or {}))


def version_of_templates(folders: Iterable[Path]) -> str:
    """Return a text that differs once a file below `folders` changes; without RELOAD_TEMPLATES it is always ""."""
    if not settings.RELOAD_TEMPLATES:
        return ""
    files = sorted(path for folder in folders for path in Path(folder).rglob("*"))
    states = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.is_file()]
    return hashlib.blake2b(repr(states).encode(), digest_size=8).hexdigest()


class TrimmingLoader(FileSystemLoader):
    """Load templates without their indentation, which is for us, and a quarter of a page's weight."""

    def get_source(self, environment, template):
        source, path, is_current = super().get_source(environment, template)
        return INDENTATION.sub("\n", source), path, is_current


def environment(loader: BaseLoader, joins_includes: bool, **options: Any) -> Environment:
    """Return an environment for the active language, with all that the reader site's templates call."""
    from articles.paper import drawing, words  # noqa: PLC0415 - they have models

    env = PaperEnvironment(loader=loader, extensions=["jinja2.ext.i18n"], **options)
    env.joins_includes = joins_includes
    env.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)
    env.globals |= {name: fixed for name, fixed in FIXED.items() if name not in env.globals}
    env.globals |= words.CALLED | {"cards": partial(drawing.cards, env), "masthead": partial(drawing.masthead, env)}
    env.filters |= {name: getattr(defaultfilters, name) for name in FROM_DJANGO} | words.FILTERS
    # Paper.make_backend loads them once more and reports the error as Django does.
    with suppress(TemplateSyntaxError):
        macros = vars(env.get_template(MACROS).module)
        env.globals |= {name: macro for name, macro in macros.items() if not name.startswith("_")}
    return env


def languages():
    """Return the languages of the site, [(code, name)]."""
    return settings.LANGUAGES


def static_prefix():
    """Return what stands before the names of static files, without a look at their manifest."""
    return settings.STATIC_URL


def translated(message):
    # Jinja has the signs of percent doubled, as texts may hold the names of variables.
    return Markup(gettext(message) % {})  # noqa: S704 - our own texts


# What is called in templates and is, for one language, the same on every page.
FIXED = {
    "_": translated,
    "gettext": translated,
    "pgettext": lambda context, message: Markup(pgettext(context, message) % {}),  # noqa: S704
    "url": address_of,
    "static": static,
    "static_prefix": static_prefix,
    "language": get_language,
    "is_right_to_left": get_language_bidi,
    "languages": languages,
}


class PaperEnvironment(Environment):
    """An environment that calls what is FIXED once, when a template is compiled.

    With `joins_includes` it also puts included templates in place of their includes. A page is faster so, but its
    errors name the lines of the included file with the name of the including one, so it is off where people develop.
    """

    joins_includes = False

    def compile(self, source, name=None, filename=None, raw=False, defer_init=False):
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        return super().compile(Prepared(self).visit(tree), name, filename, raw, defer_init)


class Prepared(NodeTransformer):
    """Puts constants in place of calls of FIXED where all arguments are constants, and templates in that of includes.

    An included template sees the variables of the place where it is included in both cases.
    """

    def __init__(self, environment: PaperEnvironment) -> None:
        self.environment = environment

    def visit_Include(self, node):  # noqa: N802 - by the name of the node
        if not self.environment.joins_includes:
            return node
        name = node.template.value
        source, path, _is_current = self.environment.loader.get_source(self.environment, name)
        included = self.generic_visit(self.environment.parse(source, name, path))
        return nodes.Scope(included.body, lineno=node.lineno)

    def visit_Call(self, node):  # noqa: N802 - by the name of the node
        node = self.generic_visit(node)
        is_fixed = isinstance(node.node, nodes.Name) and node.node.name in FIXED
        if is_fixed and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            with suppress(nodes.Impossible):
                value = FIXED[node.node.name](*(argument.as_const() for argument in node.args))
                return nodes.Const(value, lineno=node.lineno)
        return node
