"""A real browser on a real server, over the demo newsroom."""

import io
import os
import shutil

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from articles import workflow
from articles.choices import Action
from articles.models import Article
from newsroom.accounts import create_accounts
from tests.browser.navigation import SECONDS, Traffic, visit

# Playwright runs an event loop in this thread; the ORM is used here for looking things up only.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What the browser notes of a 404 or 410 that a test asks for, and of service workers being blocked here.
KNOWN = ("Failed to load resource", "Service Worker registration blocked")
HEIGHTS = {375: 812, 1440: 900}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, tmp_path_factory):
    """A database for the whole session, on SQLite in a file: in memory all requests would share one connection.

    pytest-django makes one only for tests that ask for it one by one, and would leave these on the laptop's own.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "newsroom.sqlite3")
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False)
        yield
        teardown_databases(databases, verbosity=0)


@pytest.fixture(scope="session")
def site(django_db_setup, django_db_blocker, tmp_path_factory):
    """The URL of a server with the demo loaded, and the passwords of its three accounts."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        passwords = {account.name: account.password for account in create_accounts()}
        call_command("load_demo", stdout=io.StringIO())
        oldest = Article.objects.visible().latest_first().last()
        workflow.apply(Action.WITHDRAW, oldest, workflow.COMMAND_LINE)
        server = LiveServer("localhost")
        try:
            yield Site(server.url, passwords)
        finally:
            server.stop()


class Site:
    def __init__(self, url, passwords):
        self.url = url
        self.passwords = passwords


@pytest.fixture(autouse=True)
def own_files(site):
    """Every test looks at the one site, so none gets a folder of its own."""


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "The browser tests need Chromium; CHROMIUM= names it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, site):
    """new_page(width, theme): an empty page, watched: it must ask no other host and log no error."""
    contexts, faults = [], []

    def go(width=1440, theme="light", *, javascript=True, may_ask=(), language="en"):
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme=theme,
            java_script_enabled=javascript,
            locale=language,
            # It would answer in place of the server that these tests watch.
            service_workers="block",
        )
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        Traffic.follow(context, javascript=javascript)
        page = context.new_page()
        watch(page, (site.url, *may_ask), faults)
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def open_page(new_page, site):
    """open_page(path, width, theme): a page that is there."""

    def go(path="/", *look, **options):
        page = new_page(*look, **options)
        visit(page, site.url + path)
        return page

    return go


def watch(page, hosts, faults):
    def on_request(request):
        if not request.url.startswith((*hosts, "data:", "blob:")):
            faults.append(f"asked another host: {request.url}")

    def on_console(message):
        if message.type in ("error", "warning") and not any(known in message.text for known in KNOWN):
            faults.append(f"console: {message.text}")

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))


@pytest.fixture
def sign_in(new_page, site):
    """sign_in(name, width, theme): an empty page of somebody who is signed in at the desk.

    By a session of its own, as a test may end it; the form for it has tests of its own (sign_in_by_form).
    """

    def go(name, *look):
        page, client = new_page(*look), Client()
        client.force_login(User.objects.get(username=name))
        cookie = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": cookie, "value": client.cookies[cookie].value, "url": site.url}])
        return page

    return go


def sign_in_by_form(page, site, name):
    """Fill in the form, and wait for the first page of the desk."""
    page.goto(f"{site.url}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", site.passwords[name])
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
