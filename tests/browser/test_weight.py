"""What a first visit costs, on the wire: requests and bytes, compressed as the server sends them."""

from collections import Counter

import pytest

from test_journeys import make_checklist

MOST_REQUESTS = 6
PAGES = {  # at most so many kB with everything
    "/": 60,
    "/therapies/": 60,
    "/therapies/ocrelizumab/": 60,
    "/therapies/natalizumab/": 60,
    "/therapies/alemtuzumab/": 60,
    "/therapies/mitoxantrone/": 60,
    "/guide/": 60,
    "/sources/": 60,
    "/privacy/": 60,
    "/accessibility/": 60,
    "/search/": 60,
    "/check/": 60,
    "/visits/new/": 80,
}
MOST_CSS, MOST_HTML = 12_000, 20_000  # without the headers


class Wire:
    """What a page loads from the site, by address: kind and bytes. The worker's own requests are not the page's."""

    def __init__(self, page):
        self.found, self.kinds, self.bodies = {}, {}, Counter()
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._kind)
        session.on("Network.dataReceived", self._body)
        session.on("Network.loadingFinished", self._size)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _kind(self, event):
        if not event["response"]["url"].startswith("data:"):
            self.kinds[event["requestId"]] = (event["type"], event["response"]["url"])

    def _body(self, event):
        self.bodies[event["requestId"]] += event["encodedDataLength"]

    def _size(self, event):
        if event["requestId"] in self.kinds:
            self.found[event["requestId"]] = event["encodedDataLength"]

    def body(self, kind):
        return sum(size for key, size in self.bodies.items() if key in self.kinds and self.kinds[key][0] == kind)


def assert_light(wire, most):
    said = [(kind, url.rpartition("/")[2], wire.found.get(key)) for key, (kind, url) in wire.kinds.items()]
    assert len(wire.found) <= MOST_REQUESTS, said
    assert sum(wire.found.values()) <= most * 1000, said
    assert wire.body("Stylesheet") <= MOST_CSS, said
    assert wire.body("Document") <= MOST_HTML, said


@pytest.mark.parametrize(("address", "most"), PAGES.items())
def test_a_first_visit_is_light(browser, base_url, address, most):
    context = browser.new_context(service_workers="block", base_url=base_url)
    page = context.new_page()
    wire = Wire(page)
    page.goto(address, wait_until="networkidle")
    assert_light(wire, most)
    context.close()


def test_a_kept_visit_is_light(browser, base_url):
    context = browser.new_context(service_workers="block", base_url=base_url)
    page = context.new_page()
    make_checklist(page, situations=["drives", "diabetes", "heat", "port", "vision"])
    page.get_by_role("button", name="Keep this list at a private link").click()
    page.wait_for_url("**/visits/*/")
    helper = context.new_page()
    wire = Wire(helper)
    helper.goto(page.url, wait_until="networkidle")
    assert_light(wire, 80)
    context.close()
