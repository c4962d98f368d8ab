"""pyproject.toml, requirements.lock, environment.yml and docs/dependencies.md say the same. No network needed."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

COURSE = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [Requirement(line) for line in (*PROJECT["dependencies"], *EXTRAS["book"], *EXTRAS["class"], *EXTRAS["test"])]
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.*?))?(?P<hashes>(?: \\\n    --hash=\S+)+)", re.M
)
LOCKED = list(ENTRY.finditer((COURSE / "requirements.lock").read_text()))


def holds_here(entry) -> bool:
    """Whether this system and Python use the entry; a package may have one for each of several."""
    return not entry["marker"] or Marker(entry["marker"]).evaluate()


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_a_direct_dependency_is_locked_with_hashes(requirement):
    name = canonicalize_name(requirement.name)
    entries = [entry for entry in LOCKED if canonicalize_name(entry["name"]) == name]
    assert entries, f"{requirement.name} is not in requirements.lock; run tools/lock"
    for entry in entries:
        assert requirement.specifier.contains(entry["version"]), f"the lock has {entry['version']}; run tools/lock"
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry["hashes"])


def test_every_line_of_the_lock_is_pinned_and_hashed():
    names = re.findall(r"^([A-Za-z0-9][\w.-]*)", (COURSE / "requirements.lock").read_text(), re.M)
    assert len(names) == len(LOCKED)
    assert len(names) > len(DIRECT)


def test_nothing_but_the_project_asks_for_what_the_lock_says_it_does():
    """The lock says `via servicelab (pyproject.toml)` of exactly the direct dependencies."""
    asked, name = set(), ""
    for line in (COURSE / "requirements.lock").read_text().splitlines():
        if found := re.match(r"([A-Za-z0-9][\w.-]*)==", line):
            name = found[1]
        elif re.search(r"# +(via )?servicelab \(pyproject.toml\)", line):
            asked.add(canonicalize_name(name))
    assert asked == {canonicalize_name(requirement.name) for requirement in DIRECT}


def test_this_environment_is_the_lock():
    if not os.environ.get("CI"):
        pytest.skip("only CI's environment must be exactly the lock's; yours may have more")
    wrong = {}
    for entry in filter(holds_here, LOCKED):
        try:
            installed = version(entry["name"])
        except PackageNotFoundError:
            installed = "nothing"
        if installed != entry["version"]:
            wrong[entry["name"]] = f"{installed} instead of {entry['version']}"
    assert wrong == {}


def test_conda_users_get_the_same_packages():
    environment = yaml.safe_load((COURSE / "environment.yml").read_text())
    python, pip, from_pip = environment["dependencies"]
    assert environment["name"] == PROJECT["name"]
    assert python == "python" + PROJECT["requires-python"]
    assert pip == "pip"
    assert from_pip == {"pip": ["-r requirements.lock"]}


def test_the_bootstrap_asks_for_the_same_python():
    wanted = PROJECT["requires-python"].removeprefix(">=")
    comma = wanted.replace(".", ", ")
    for file in ("lab", "lab.cmd", "tools/bootstrap.py"):
        text = (COURSE / file).read_text()
        assert set(re.findall(r"version_info < \((\d+, \d+)\)", text)) == {comma}, file
    assert f"Python {wanted} or newer" in (COURSE / "lab").read_text()
    assert f"Python {wanted} or newer" in (COURSE / "README.md").read_text()
    assert f"--python-version {wanted}" in (COURSE / "tools" / "lock").read_text()


def imported() -> set[str]:
    """Packages from elsewhere that the code names in an import, anywhere in a module."""
    found = set()
    for path in (COURSE / "servicelab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"servicelab"}


def test_what_the_code_imports_is_a_direct_dependency():
    """What comes only because another package asks for it may go when that one changes its mind."""
    packages = packages_distributions()
    direct = {canonicalize_name(requirement.name) for requirement in DIRECT}
    missing = {
        module
        for module in imported()
        if not direct & {canonicalize_name(name) for name in packages.get(module, [module])}
    }
    assert missing == set()


def test_each_dependency_is_justified():
    headings = ("To run", "For the book", "For large classes", "To test and build")
    listed = [name for heading in headings for name in re.findall(r"^\| ([\w.-]+) \| \S.*\|$", section(heading), re.M)]
    listed = [name for name in listed if name != "package"]
    assert sorted(listed) == sorted(requirement.name for requirement in DIRECT)


def test_the_extension_was_built_from_this_source():
    """What is committed for learners without Node; `tools/build_extension` notes what it was built from."""
    noted = {}
    for line in (COURSE / "servicelab" / "labextension" / "built.sha256").read_text().splitlines():
        digest, name = line.split("  ", 1)
        noted[name] = digest
    patterns = ("extension/*.json", "extension/.npmrc", "extension/src/**/*", "servicelab/labextension/servicelab/**/*")
    there = [path for pattern in patterns for path in COURSE.glob(pattern) if path.is_file()]
    found = {path.relative_to(COURSE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
    assert found == noted, "run tools/build_extension"


def test_each_npm_package_is_pinned_hashed_and_justified():
    package = json.loads((COURSE / "extension" / "package.json").read_text())
    asked = {**package["dependencies"], **package["devDependencies"]}
    locked = json.loads((COURSE / "extension" / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [name for name, entry in locked.items() if name and "integrity" not in entry] == []
    listed = re.findall(r"^\| (@?[\w.-]+/?[\w.-]*) \| \S.*\|$", section("To build the JupyterLab extension"), re.M)
    assert sorted(set(listed) - {"package"}) == sorted(asked)


def section(heading: str) -> str:
    """The text below a heading of docs/dependencies.md."""
    text = (COURSE / "docs" / "dependencies.md").read_text()
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_licence_is_the_one_the_project_names():
    assert PROJECT["license"] == "Apache-2.0"
    text = (COURSE / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_the_help_is_there_at_once():
    """`lab --help` imports no cluster, no notebook and no web server."""
    heavy = {"aiohttp", "cryptography", "httpx2", "jupyterlab", "lightkube", "nbformat", "nbgrader", "IPython", "yaml"}
    asked = "import sys, servicelab.cli.main; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(done.stdout.split())
