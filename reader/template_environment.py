"""The paper's templates: Jinja2, which makes a page in a fraction of the time that Django's own take (decision 10).

Each language has an environment of its own, in which all that is the same on every page (texts, addresses, static
files) is put into the templates when they are compiled.
"""

import re
from contextlib import suppress
from functools import partial

from django.conf import settings
from django.template import TemplateDoesNotExist, TemplateSyntaxError, defaultfilters
from django.template.backends import jinja2 as backend
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.translation import get_language, get_language_bidi, gettext, ngettext, npgettext, pgettext
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, TemplateNotFound, nodes
from jinja2 import TemplateSyntaxError as SyntaxErrorOfJinja
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from newsroom.addresses import address_of

# Where a line ends and the next begins; the newline stays, as it may part two words.
INDENTATION = re.compile(r"\s*\n\s*")
# A site has a few languages and one prefix; whoever makes up others shall not fill the memory.
MOST_ENVIRONMENTS = 16
FROM_DJANGO = ("date", "floatformat", "urlencode")


class Paper(backend.Jinja2):
    """Django's backend, with an environment for each language (and for each prefix of the site's paths)."""

    def __init__(self, params):
        super().__init__(params)
        self.environments = {}

    @property
    def here(self):
        """The environment of the active language."""
        key = (get_language(), get_script_prefix())
        if key not in self.environments:
            if len(self.environments) >= MOST_ENVIRONMENTS:
                self.environments.clear()
            # As in Django's templates, what was not given is nothing.
            options = {"autoescape": True, "auto_reload": settings.DEBUG, "undefined": ChainableUndefined}
            self.environments[key] = environment(TrimmingLoader(self.template_dirs), **options)
        return self.environments[key]

    def get_template(self, template_name):
        try:
            return PaperTemplate(self.here.get_template(template_name), self)
        except TemplateNotFound as error:
            raise TemplateDoesNotExist(error.name, backend=self) from error
        except SyntaxErrorOfJinja as error:
            raised = TemplateSyntaxError(error.args)
            raised.template_debug = backend.get_exception_info(error)
            raise raised from error


class PaperTemplate(backend.Template):
    """A template to which what a view says comes before what every page is told; it has no use for tokens of forms."""

    def render(self, context=None, request=None):
        told = {"request": request} if request is not None else {}
        for processor in self.backend.template_context_processors if told else ():
            told |= processor(request)
        return self.template.render(told | (context or {}))


class TrimmingLoader(FileSystemLoader):
    """Load templates without their indentation, which is for us, and a quarter of a page's weight."""

    def get_source(self, environment, template):
        source, path, is_current = super().get_source(environment, template)
        return INDENTATION.sub("\n", source), path, is_current


def environment(loader, **options):
    """Return an environment for the active language, with all that the paper's templates call."""
    from reader import fragment_cache, template_filters  # noqa: PLC0415 - they have models

    made = PaperEnvironment(loader=loader, extensions=["jinja2.ext.i18n"], **options)
    made.install_gettext_callables(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)
    made.globals |= {name: fixed for name, fixed in FIXED.items() if name not in made.globals}
    made.globals |= template_filters.CALLED | {
        "cards": partial(fragment_cache.cards, made),
        "masthead": partial(fragment_cache.masthead, made),
    }
    made.filters |= {name: getattr(defaultfilters, name) for name in FROM_DJANGO} | template_filters.FILTERS
    parts = made.get_template("includes/_parts.html").module
    made.globals |= {name: macro for name, macro in vars(parts).items() if not name.startswith("_")}
    return made


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
    """An environment that calls what is FIXED once, when a template is compiled."""

    def _generate(self, source, name, filename, defer_init=False):
        return super()._generate(Prepared(self).visit(source), name, filename, defer_init)


class Prepared(NodeTransformer):
    """Puts constants in place of calls of FIXED, where all arguments are constants, and templates in that of includes.

    A template that is included sees what is there where it stands, be it put there now or fetched each time, as it is
    where templates may change at any moment.
    """

    def __init__(self, environment):
        self.environment = environment

    def visit_Include(self, node):  # noqa: N802 - by the name of the node
        if self.environment.auto_reload:
            return node
        name = node.template.value
        source, path, _is_current = self.environment.loader.get_source(self.environment, name)
        included = self.generic_visit(self.environment._parse(source, name, path))
        return nodes.Scope(included.body, lineno=node.lineno)

    def visit_Call(self, node):  # noqa: N802 - by the name of the node
        node = self.generic_visit(node)
        is_fixed = isinstance(node.node, nodes.Name) and node.node.name in FIXED
        if is_fixed and not (node.kwargs or node.dyn_args or node.dyn_kwargs):
            with suppress(nodes.Impossible):
                said = FIXED[node.node.name](*(argument.as_const() for argument in node.args))
                return nodes.Const(said, lineno=node.lineno)
        return node
