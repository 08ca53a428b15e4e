"""Classes are composed of few parts: a ModelAdmin delegates to views and services instead of inheriting them."""

import importlib
import inspect
import pkgutil

import pytest

from desk.stories.story_admin import StoryAdmin

PACKAGES = ("newsroom", "providers", "articles", "pictures", "reader", "desk")
MAX_BASES = 3
MAX_ANCESTORS = 3


def project_classes():
    """Yield each class that is defined in a module of the project."""
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in module.name:
                continue
            for _name, value in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if value.__module__ == module.name:
                    yield value


def is_project_class(value):
    return value.__module__.partition(".")[0] in PACKAGES


@pytest.fixture(scope="module")
def classes():
    classes = list(project_classes())
    assert len(classes) > 200
    return classes


def test_no_class_has_more_than_three_project_bases(classes):
    bases = {value: [base.__name__ for base in value.__bases__ if is_project_class(base)] for value in classes}
    assert {value: names for value, names in bases.items() if len(names) > MAX_BASES} == {}


def test_no_class_inherits_from_many_project_classes(classes):
    ancestors = {value: [base.__name__ for base in value.__mro__[1:] if is_project_class(base)] for value in classes}
    assert {value: names for value, names in ancestors.items() if len(names) > MAX_ANCESTORS} == {}


def test_story_admin_inherits_from_no_project_class():
    assert [base.__name__ for base in StoryAdmin.__mro__[1:] if is_project_class(base)] == []
