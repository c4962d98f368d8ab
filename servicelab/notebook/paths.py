"""The way a request took, on clusters whose traffic is the model's own."""

from servicelab.cluster.base import Capability, Cluster
from servicelab.network.path import Path
from servicelab.network.places import Place, Target
from servicelab.network.route import possible_paths
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Verdict
from servicelab.tracing.reading import read_state


def path_taken(cluster: Cluster, source: Place, target: Target, verdict: Verdict) -> Path | None:
    """The path that ends as the probe did; None where nobody can know (real traffic), or the model does not.

    The state is read after the probe, so when it changed in between no path may fit, and none is shown.
    """
    if Capability.REAL_TRAFFIC in cluster.capabilities:
        return None
    try:
        paths = possible_paths(read_state(cluster), source, target)
    except Unmodelled:
        return None
    for path in paths:
        if (path.verdict.outcome, path.verdict.by) == (verdict.outcome, verdict.by):
            return path
    return None
