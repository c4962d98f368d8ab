"""A headless Chromium, and a lab for it to open."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from servicelab.cluster import lifecycle
from servicelab.cluster.home import Home
from tests.support import exercise_namespaces
from tests.support.running_lab import RunningLab

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--proxy-server=direct://",
]
"""What a Chromium in a container without the internet needs, so that it starts and looks for nobody."""


@pytest.fixture(scope="package")
def chromium():
    """A headless browser; its tests are skipped where there is none. It ends with them: Playwright runs an event loop
    in this thread as long as it lives, and other tests run theirs."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, tmp_path, request):
    """A new page; its last look is kept as `screenshot.png` in the test's folder, and what requests the browser broke
    off is printed."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(60_000)
    page.on("requestfailed", lambda asked: print(f"broken off: {asked.method} {asked.url}: {asked.failure}"))
    yield page
    page.screenshot(path=tmp_path / "screenshot.png")
    page.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running lab with an embedded cluster."""
    running = RunningLab(Path(tmp_path_factory.mktemp("browser-home")))
    try:
        yield running.wait_until_ready()
    finally:
        running.end()
        assert running.left() == []


@pytest.fixture(params=["embedded", pytest.param("kind", marks=[pytest.mark.kind, pytest.mark.long])])
def driven(request, bundle):
    """A running lab on each cluster."""
    if request.param == "embedded":
        yield request.getfixturevalue("lab")
        return
    made, home = request.getfixturevalue("kind_cluster"), request.getfixturevalue("kind_home")
    words = ["--cluster", "kind", "--name", made.name, *(["--bundle", str(bundle)] if bundle else [])]
    exercise_namespaces.remove(made)  # the cluster is one for all tests
    running = RunningLab(home.root, *words)
    try:
        yield running.wait_until_ready()
    finally:
        running.end()
        exercise_namespaces.remove(made)
        assert running.left() == []


@pytest.fixture
def driven_cluster(request, driven):
    """The cluster of that lab."""
    if request.node.callspec.params["driven"] == "kind":
        yield request.getfixturevalue("kind_cluster")
        return
    with closing(lifecycle.open_cluster("embedded", home=Home(driven.files.parent))) as cluster:
        yield cluster
