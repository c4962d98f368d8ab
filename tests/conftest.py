"""What all tests share: a private LAB_HOME, the clusters, the order, and the rules of CI."""

import os
import shutil
import signal
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import leftovers, mutant_routes, tests_of_a_worker, turns

COURSE = Path(__file__).resolve().parent.parent
SHARED = COURSE.parent / "shared"
RUN = uuid.uuid4().hex[:8]
"""Names what this run makes, so that two runs on one machine do not meet."""

settings.register_profile("usual", deadline=None, print_blob=True)
settings.register_profile("full", settings.get_profile("usual"), max_examples=2000)


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="run the long tests too, with many more generated cases")


def _end(*_):
    # as Ctrl-C does: pytest.exit raises an Exception, which code that judges takes for a fault of the machine
    raise KeyboardInterrupt("told to end by SIGTERM")


def pytest_configure(config):
    settings.load_profile("full" if config.getoption("--full") else "usual")
    # Without this a run that is told to end leaves its kind cluster behind.
    signal.signal(signal.SIGTERM, _end)


SLOW = ("classroom", "cli", "cluster", "lessons", "notebook", "conformance", "test_quality.py", "test_bootstrap.py")
"""Folders and modules of `tests/` that take longest: with several workers they begin first."""


def only_on_kind(item: pytest.Item) -> bool:
    """Whether a test needs the real cluster. Its name must say so: workers are told names alone."""
    needed = item.get_closest_marker("kind") is not None
    if needed and not tests_of_a_worker.is_on_kind(item.nodeid):
        raise pytest.UsageError(f"{item.nodeid} is marked kind: name it test_kind_…, or let a parameter be kind.")
    return needed


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """In one process fast tests first, those that need a browser or Docker last; among workers the other way round."""

    def rank(item: pytest.Item) -> int:
        if only_on_kind(item):
            return 3
        if item.get_closest_marker("browser"):
            return 2
        return int(item.path.relative_to(COURSE / "tests").parts[0] in SLOW)

    for item in items:
        if turns.waits(item.nodeid):
            item.add_marker(pytest.mark.long)
        if item.get_closest_marker("long") and not config.getoption("--full"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; runs with --full"))
    items.sort(key=rank, reverse=hasattr(config, "workerinput"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Who runs what, when `lab test` uses all cores."""
    return tests_of_a_worker.Scheduling(config, log)


def must_run_everything() -> bool:
    """Whether this is CI on a machine that is made for the tests with Docker and a browser."""
    return os.environ.get("CI") == "true" and (SHARED / "docker-host").exists()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """On CI a skipped kind or browser test is a failure: nobody would notice that it no longer runs."""
    report = yield
    needed = item.get_closest_marker("kind") or item.get_closest_marker("browser")
    if needed and report.skipped and not item.get_closest_marker("long") and must_run_everything():
        report.outcome = "failed"
        report.longrepr = f"was skipped on CI, where it must run: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter):
    """Which lesson or prediction contradicts which belief, when such tests ran."""
    passed = terminalreporter.stats.get("passed", ())
    asked = [value for report in passed for name, value in report.user_properties if name == mutant_routes.MATRIX]
    if asked:
        terminalreporter.section("what people believe, and where the course contradicts it")
        terminalreporter.write_line(mutant_routes.matrix(asked))


@pytest.fixture(scope="session", autouse=True)
def everything_ends():
    """No process that a test started outlives the run."""
    os.environ[leftovers.MARK] = RUN
    yield
    left = leftovers.wait_until_gone(RUN)
    assert not left, "these processes outlived the tests:\n" + "\n".join(left)


@pytest.fixture(scope="session", autouse=True)
def lab_home(everything_ends, tmp_path_factory):
    """A LAB_HOME of this run, so that no test meets the learner's own; a test that writes there gets its own."""
    home = tmp_path_factory.mktemp("lab-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(home))
        patch.delenv("KUBECONFIG", raising=False)
        patch.setenv("LAB_VARIANT", "reference")  # tests of variants say otherwise
        yield home


def why_no_docker() -> str | None:
    """Why the tests on a real cluster cannot run here; None when they can."""
    if shutil.which("docker") is None:
        return "Docker is not installed"
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "Docker does not answer"
    return None if asked.returncode == 0 else "Docker does not run"


@pytest.fixture(scope="session")
def bundle() -> Path | None:
    """A folder with images and programs for a machine without the internet, if there is one."""
    told = os.environ.get("LAB_BUNDLE")
    if told:
        return Path(told)
    return SHARED / "bundle" if (SHARED / "bundle" / "bundle.json").exists() else None


@pytest.fixture
def embedded_cluster():
    """A throw-away embedded cluster in this process, fresh for each test."""
    from servicelab.cluster.embedded import open_throwaway

    cluster = open_throwaway(seed=1)
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def embedded_home(tmp_path_factory):
    """The LAB_HOME of the run's embedded server."""
    from servicelab.cluster.home import Home

    return Home(tmp_path_factory.mktemp("embedded-home"))


@pytest.fixture(scope="session")
def embedded_server(embedded_home):
    """An embedded cluster in a process of its own, as learners have it; one for the whole run."""
    with served(embedded_home) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def skipping_home(tmp_path_factory):
    """The LAB_HOME of `skipping_server`."""
    from servicelab.cluster.home import Home

    return Home(tmp_path_factory.mktemp("skipping-home"))


@pytest.fixture(scope="session")
def skipping_server(skipping_home):
    """As `embedded_server`, but it skips what is only waited for; an age that kubectl itself computes is wrong then."""
    with served(skipping_home, LAB_SKIP_WAITING="1") as cluster:
        yield cluster


@contextmanager
def served(home, **variables):
    """An embedded cluster, started with these variables of the environment, and deleted after the block."""
    from servicelab.cluster import lifecycle

    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        lifecycle.start("embedded", home=home)
    cluster = lifecycle.open_cluster("embedded", home=home)
    try:
        yield cluster
    finally:
        cluster.close()
        lifecycle.delete("embedded", home=home)


@pytest.fixture(scope="session")
def kind_home(tmp_path_factory):
    """The LAB_HOME of the run's kind cluster."""
    from servicelab.cluster.home import Home

    return Home(tmp_path_factory.mktemp("kind-home"))


@pytest.fixture(scope="session")
def kind_cluster(kind_home, bundle):
    """A real cluster, made for this run and deleted with it, also when tests fail."""
    reason = why_no_docker()
    if reason:
        pytest.skip(reason)
    from servicelab.cluster import lifecycle

    name = f"test-{RUN}"
    try:
        lifecycle.start("kind", name, home=kind_home, bundle=bundle)
        cluster = lifecycle.open_cluster("kind", name, home=kind_home)
        yield cluster
        cluster.close()
    finally:
        lifecycle.delete("kind", name, home=kind_home)


@pytest.fixture(scope="session", params=["embedded", pytest.param("kind", marks=pytest.mark.kind)])
def cluster(request):
    """The same case on both clusters. Each test module cleans up what it made: the cluster is one for all."""
    if request.param == "kind":
        yield request.getfixturevalue("kind_cluster")
        return
    from servicelab.cluster.embedded import open_throwaway

    embedded = open_throwaway(seed=1)
    yield embedded
    embedded.close()
