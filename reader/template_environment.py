"""The template backend of the reader site: Jinja2, which is several times faster than Django's templates (decision 10).

Each language has its own environment, in which everything that is the same on all pages (translated texts, addresses,
static files) is inserted into the templates when they are compiled.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
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

from newsroom.addresses import path_of

# The newlines stay: one may separate two words, and error messages name lines.
INDENTATION = re.compile(r"[^\S\n]*\n[^\S\n]*")
# A site has a few languages and one path prefix; requests with invented ones must not fill the memory.
MAX_ENVIRONMENTS = 16
# Its macros are global in every template.
MACROS = "includes/_parts.html"
DJANGO_FILTERS = ("floatformat", "urlencode")
ContextProcessor = Callable[[HttpRequest], dict[str, Any]]


class ReaderTemplates(BaseEngine):
    """A template backend: one of Django's for Jinja2 for each language and path prefix."""

    def __init__(self, params: dict[str, Any]) -> None:
        options = params["OPTIONS"]
        super().__init__({name: value for name, value in params.items() if name != "OPTIONS"})
        self.context_processors = [import_string(path) for path in options.get("context_processors", ())]
        self.backends: dict[tuple[str | None, str, str], Jinja2] = {}

    def get_template(self, template_name: str) -> "ReaderTemplate":
        return ReaderTemplate(self.current_backend().get_template(template_name), self.context_processors)

    def current_backend(self) -> Jinja2:
        """Return the backend of the active language. With RELOAD_TEMPLATES, a changed file creates a new one."""
        key = (get_language(), get_script_prefix(), version_of_templates(self.dirs))
        if key not in self.backends:
            if len(self.backends) >= MAX_ENVIRONMENTS:
                self.backends.clear()
            self.backends[key] = self.make_backend()
        return self.backends[key]

    def make_backend(self) -> Jinja2:
        options = {
            "environment": f"{__name__}.{make_environment.__name__}",
            "loader": TrimmingLoader(self.dirs),
            "inlines_includes": not settings.RELOAD_TEMPLATES,
            "auto_reload": False,
            # As in Django's templates, an undefined variable renders as nothing.
            "undefined": ChainableUndefined,
        }
        backend = Jinja2({"NAME": self.name, "DIRS": self.dirs, "APP_DIRS": False, "OPTIONS": options})
        backend.get_template(MACROS)
        return backend


class ReaderTemplate:
    """A template whose context is the context processors' values, then the view's. Forms have no CSRF token."""

    def __init__(self, template: Any, context_processors: Iterable[ContextProcessor]) -> None:
        self.template, self.context_processors = template, context_processors
        self.origin = template.origin
        self.name = template.origin.template_name

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        values: dict[str, Any] = {}
        if request is not None:
            values["request"] = request
            for processor in self.context_processors:
                values |= processor(request)
        html: str = self.template.render(values | (context or {}))
        return html


def version_of_templates(folders: Iterable[str | Path]) -> str:
    """Return a text that differs once a file below `folders` changes; without RELOAD_TEMPLATES it is always ""."""
    if not settings.RELOAD_TEMPLATES:
        return ""
    files = sorted(path for folder in folders for path in Path(folder).rglob("*"))
    states = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.is_file()]
    return hashlib.blake2b(repr(states).encode(), digest_size=8).hexdigest()


class TrimmingLoader(FileSystemLoader):
    """Load templates without their indentation, which is for us, and a quarter of a page's weight."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        return INDENTATION.sub("\n", source), path, is_current


def make_environment(loader: BaseLoader, inlines_includes: bool, **options: Any) -> Environment:
    """Return an environment for the active language, with the reader site's globals and filters."""
    from reader import fragment_cache, template_filters  # noqa: PLC0415 - they import models

    environment = ReaderEnvironment(loader=loader, extensions=["jinja2.ext.i18n"], **options)
    environment.inlines_includes = inlines_includes
    install_texts: Callable[..., None] = vars(environment)["install_gettext_callables"]
    install_texts(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)
    environment.globals |= {
        name: value for name, value in CONSTANT_FUNCTIONS.items() if name not in environment.globals
    }
    environment.globals |= template_filters.FUNCTIONS | {
        "cards": partial(fragment_cache.cards, environment),
        "masthead": partial(fragment_cache.masthead, environment),
    }
    environment.filters |= {name: getattr(defaultfilters, name) for name in DJANGO_FILTERS} | template_filters.FILTERS
    # ReaderTemplates.make_backend loads them once more and reports the error as Django does.
    with suppress(TemplateSyntaxError):
        macros = vars(environment.get_template(MACROS).module)
        environment.globals |= {name: macro for name, macro in macros.items() if not name.startswith("_")}
    return environment


def languages() -> list[tuple[str, str]]:
    """Return the languages of the site, [(code, name)]."""
    return settings.LANGUAGES


def static_prefix() -> str:
    """Return the URL prefix of static files, without reading their manifest."""
    return settings.STATIC_URL


def translate(message: str) -> Markup:
    # Jinja doubles percent signs, as texts may contain the names of variables.
    return Markup(gettext(message) % {})  # noqa: S704 - our own texts


# Functions whose results are the same on every page of one language.
CONSTANT_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_": translate,
    "gettext": translate,
    "pgettext": lambda context, message: Markup(pgettext(context, message) % {}),  # noqa: S704
    "url": path_of,
    "static": static,
    "static_prefix": static_prefix,
    "language": get_language,
    "is_right_to_left": get_language_bidi,
    "languages": languages,
}


class ReaderEnvironment(Environment):
    """An environment that calls CONSTANT_FUNCTIONS once, when a template is compiled.

    With `inlines_includes` it also replaces includes by the included templates. That is faster, but errors name the
    lines of the included file with the name of the including one, so it is off in development.
    """

    inlines_includes = False

    def compile(  # type: ignore[override] # without overloads, for source code and objects alike
        self,
        source: str | nodes.Template,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> str | CodeType:
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        optimized: nodes.Template = Optimizer(self).visit(tree)
        compiled: str | CodeType = super().compile(optimized, name, filename, raw, defer_init)  # type: ignore[call-overload] # `raw` may be either
        return compiled


class Optimizer(NodeTransformer):
    """Replaces calls of CONSTANT_FUNCTIONS with constant arguments by their results, and includes by templates.

    An included template sees the variables of the including one in both cases.
    """

    def __init__(self, environment: ReaderEnvironment) -> None:
        self.environment = environment

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - Jinja's name
        if not self.environment.inlines_includes:
            return node
        # All our includes are constant names.
        name: str = cast(nodes.Const, node.template).value
        loader = cast(BaseLoader, self.environment.loader)
        source, path, _is_current = loader.get_source(self.environment, name)
        included = cast(nodes.Template, self.generic_visit(self.environment.parse(source, name, path)))
        return nodes.Scope(included.body, lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        self.generic_visit(node)
        function = CONSTANT_FUNCTIONS.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if function and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            with suppress(nodes.Impossible):
                value = function(*(argument.as_const() for argument in node.args))
                return nodes.Const(value, lineno=node.lineno)
        return node
