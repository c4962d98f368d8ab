"""Which cluster is meant: the learner's own, which runs, or the one to judge on, which is thrown away on embedded."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from servicelab.cluster import lifecycle
from servicelab.cluster.base import Cluster, MachineError
from servicelab.cluster.home import DEFAULT_NAME, Home

VARIABLE = "LAB_CLUSTER"
NAME_VARIABLE = "LAB_CLUSTER_NAME"


def chosen_kind(home: Home, environment: Mapping[str, str] = os.environ) -> str:
    """`embedded` or `kind`: what LAB_CLUSTER says, else what the learner's lab remembers, else embedded.

    Raises MachineError for a word that names neither.
    """
    try:
        return lifecycle.choose(home, environment.get(VARIABLE) or None).kind
    except ValueError as error:
        raise MachineError(f"{VARIABLE}: {error}") from None


def own_cluster(home: Home | None = None, environment: Mapping[str, str] = os.environ) -> Cluster:
    """The learner's own running cluster. MachineError, with what to do, when it does not run."""
    home = home or Home.find(environment)
    name = environment.get(NAME_VARIABLE) or DEFAULT_NAME
    return lifecycle.open_cluster(chosen_kind(home, environment), name, home=home)


@contextmanager
def judging_cluster(
    home: Home | None = None,
    environment: Mapping[str, str] = os.environ,
    kind: str | None = None,
    seed: int | None = None,
) -> Iterator[Cluster]:
    """The cluster to judge on; `kind` overrules what was chosen. MachineError when it does not run.

    Judging on kind makes namespaces of its own there. On embedded it happens in this process, on a cluster that
    nobody else sees, whether or not the learner's own runs; the same `seed` gives the same choices there.
    """
    home = home or Home.find(environment)
    kind = kind or chosen_kind(home, environment)
    if kind == "embedded":
        from servicelab.cluster.embedded import open_copy

        cluster = open_copy(seed)
    else:
        cluster = lifecycle.open_cluster(kind, environment.get(NAME_VARIABLE) or DEFAULT_NAME, home=home)
    try:
        yield cluster
    finally:
        cluster.close()
