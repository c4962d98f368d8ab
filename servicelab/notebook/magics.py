"""The magics. Each keeps learner mistakes out of tracebacks: what is wrong is printed as a sentence."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from servicelab.cluster.base import Cluster, MachineError, NotSupported
from servicelab.course.cells import parse_manifest_line
from servicelab.manifests import read
from servicelab.notebook.session import SESSION, under_nbgrader

NOT_UNDER_NBGRADER = "nbgrader runs this notebook, so nothing is sent to a cluster here."


def _said(function: Callable[..., None]) -> Callable[..., None]:
    """Print what the learner or their machine got wrong instead of raising it."""

    @wraps(function)
    def call(*words: str) -> None:
        try:
            function(*words)
        except (ValueError, MachineError, NotSupported) as error:
            print(error)

    return call


@_said
def manifest(line: str, cell: str) -> None:
    """`%%manifest [--no-apply] NAME.yaml`: keep the text, show its problems, send it to the running cluster."""
    asked = parse_manifest_line(line)
    SESSION.manifests[asked.name] = cell
    reading = read(cell, asked.name)
    for problem in (*reading.problems, *reading.surprises):
        print(problem)
    if reading.problems:
        print("Nothing was applied.")
    elif not reading.manifests:
        print(f"{asked.name} is empty so far.")
    elif not asked.apply or under_nbgrader():
        print(f"{asked.name} is kept; it was not applied.")
    else:
        from servicelab.notebook.applying import apply

        cluster = _own_cluster()
        if cluster is None:
            print(f"{asked.name} is kept. It was not applied, because no cluster runs; `./lab start` starts one.")
            return
        try:
            print(apply(cluster, reading.manifests, _default_namespace())[1])
        finally:
            cluster.close()


@_said
def probe(line: str) -> None:
    """`%probe [--steady] FROM TARGET`: send one request and say how it ended."""
    from servicelab.course.judging import own_cluster
    from servicelab.notebook.probing import parse_probe, report, send

    asked = parse_probe(line, _default_namespace() or "default")
    if under_nbgrader():
        print(NOT_UNDER_NBGRADER)
        return
    cluster = own_cluster()
    try:
        print(report(asked, *send(cluster, asked)))
    finally:
        cluster.close()


@_said
def check(line: str) -> None:
    """`%check [EXERCISE]`: run the checks on this notebook's manifests and show what they found."""
    from servicelab.notebook import checking

    slug = line.strip() or SESSION.exercise
    if not slug:
        raise ValueError("Which exercise? Write for example: %check clusterip")
    checking.check(slug)


@_said
def exercise(line: str) -> None:
    """`%exercise NAME`: put what the exercise needs on the learner's cluster."""
    from servicelab.course import load_course
    from servicelab.course.judging import own_cluster
    from servicelab.notebook.preparing import prepare

    slug = line.strip()
    if not slug:
        raise ValueError("Which exercise? Write for example: %exercise clusterip")
    load_course().exercise(slug)
    SESSION.exercise = slug
    if under_nbgrader():
        print(NOT_UNDER_NBGRADER)
        return
    cluster = own_cluster()
    try:
        print(prepare(cluster, slug))
    finally:
        cluster.close()


def _own_cluster() -> Cluster | None:
    from servicelab.course.judging import own_cluster

    try:
        return own_cluster()
    except MachineError:
        return None


def _default_namespace() -> str | None:
    """Where a manifest goes that names no namespace: as in the checks, the exercise's first."""
    if SESSION.exercise is None:
        return None
    from servicelab.course import NoSuchExercise, load_course

    try:
        return load_course().exercise(SESSION.exercise).namespaces[0]
    except NoSuchExercise:
        return None


def register(shell: InteractiveShell) -> None:
    """Give a notebook the magics."""
    if under_nbgrader():
        # `!kubectl …` in a submission must not reach whatever cluster this machine is set up for
        os.environ["KUBECONFIG"] = os.devnull
    functions: Any = shell.register_magic_function
    functions(manifest, "cell", "manifest")
    for name, function in (("probe", probe), ("check", check), ("exercise", exercise)):
        functions(function, "line", name)
