"""Which tests stay together in one worker when `lab test` uses all cores.

Every process that runs tests on kind makes a cluster of its own, so those stay together, in two groups: what is taught
and graded, and the rest. So do the browser's tests, and those of one module, for its fixtures. (`--dist=loadgroup` of
pytest-xdist 3.8 would do, but finds no groups with pytest 9.2, because it writes a field that pytest no longer reads.)
"""

import re

from xdist.scheduler import LoadScopeScheduling

KIND, TAUGHT_ON_KIND = "kind", "kind, taught"
TAUGHT = ("classroom", "course", "graders", "lessons", "notebook", "tracing")
"""Folders of `tests/` whose tests on kind have a cluster of their own, for they take about as long as all others."""
_ON_KIND = re.compile(r"\[(?:.*-)?kind(?:-.*)?\]$|/test_kind\.py::|::test_kind_|::test_on_kind$")
"""The parameter `kind`, the module `test_kind.py`, or a test whose name begins with `test_kind_`."""


def is_on_kind(nodeid: str) -> bool:
    """Whether the name of a test says that it needs the real cluster."""
    return _ON_KIND.search(nodeid) is not None


def group_of(nodeid: str) -> str:
    """The name of what a test shares with others: the real cluster, the browser, or its module."""
    module = nodeid.split("::", 1)[0]
    if is_on_kind(nodeid):
        return TAUGHT_ON_KIND if module.split("/")[1] in TAUGHT else KIND
    return "browser" if module.startswith("tests/browser/") else module


class Scheduling(LoadScopeScheduling):
    """Hands out whole groups, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
