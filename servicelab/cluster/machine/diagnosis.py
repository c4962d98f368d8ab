"""What is wrong with the machine when a cluster that was there fails: never the learner's fault."""

import httpx2

from servicelab.cluster.base import Capability, Cluster, MachineError, WaitedTooLong
from servicelab.cluster.home import Home
from servicelab.cluster.machine.finding import Finding


def diagnosed(error: Exception, cluster: Cluster) -> Exception:
    """The error as the machine's, with what `lab doctor machine` finds to be behind it; itself when it is not one."""
    match error:
        case WaitedTooLong():
            told = MachineError(f"The cluster is slow or out of order: {error}.", "Check again in a moment.")
        case httpx2.HTTPError():
            told = MachineError(f"The cluster does not answer: {error}", "Look at `lab cluster status`.")
        case MachineError():
            told = error
        case _:
            return error
    found = _behind(cluster)
    return told if found is None else MachineError(f"{found.what}. {found.why}", found.fix)


def _behind(cluster: Cluster) -> Finding | None:
    """The first fault of the machine, or else the nodes that do not run. A cluster in this process has no machine."""
    if Capability.REAL_TRAFFIC not in cluster.capabilities:
        return None
    from servicelab.cluster.machine.preflight import examine  # only now: most runs never need it

    report = examine(Home.find(), cluster.name)
    stopped = (finding for finding in report.warnings if finding.name == "nodes-stopped")
    return next(iter(report.faults), None) or next(stopped, None)
