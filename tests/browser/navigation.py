"""Going from page to page, and waiting until a page has all that it asks for.

Playwright's "networkidle" waits for half a second without a request on every page; here a page is ready once it is
loaded and laid out, its transitions are over, and no request is under way.
"""

import time
from contextlib import contextmanager
from weakref import WeakKeyDictionary

SECONDS = 30
POLL_MILLISECONDS = 20
# Images that load lazily are asked for after layout, and what a script does with an answer is done by the next frame.
LAID_OUT = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  await Promise.allSettled(transitions.map((transition) => transition.finished));
}"""


class Traffic:
    """The requests of the document a page shows that have no answer yet."""

    of_page = WeakKeyDictionary()

    def __init__(self, page, *, javascript):
        self.under_way, self.javascript = set(), javascript
        page.on("request", self.begin)
        page.on("requestfinished", self.end)
        page.on("requestfailed", self.end)
        page.on("framenavigated", self.leave)
        self.of_page[page] = self

    @classmethod
    def follow(cls, context, *, javascript):
        """Keep track of all pages that a browser context is going to have."""
        context.on("page", lambda page: cls(page, javascript=javascript))

    def begin(self, request):
        # A beacon is sent by a page that is being left, and nobody hears of its answer.
        if request.resource_type != "ping":
            self.under_way.add(request)

    def end(self, request):
        self.under_way.discard(request)

    def leave(self, frame):
        if frame.parent_frame is None:
            self.under_way.clear()


def settle(page):
    """Wait until a page is loaded and laid out, and no request of it is under way."""
    page.wait_for_load_state()
    traffic, deadline = Traffic.of_page[page], time.monotonic() + SECONDS
    while True:
        if traffic.javascript:
            # Without scripts no frame is announced, and nothing is asked for that the page does not wait for.
            page.evaluate(LAID_OUT)
        if not traffic.under_way:
            return
        assert time.monotonic() < deadline, f"{page.url} waits for {[request.url for request in traffic.under_way]}"
        page.wait_for_timeout(POLL_MILLISECONDS)


def visit(page, url):
    """Go to a URL and wait for all of the page; return the response."""
    response = page.goto(url)
    settle(page)
    return response


@contextmanager
def next_page(page):
    """Wait for the page to which something in this block leads."""
    with page.expect_navigation():
        yield
    settle(page)
