"""Before a kind cluster is made: is this machine able to?"""

from servicelab.cluster.bundle import Bundle
from servicelab.cluster.home import DEFAULT_NAME, Home
from servicelab.cluster.machine.collect import collect
from servicelab.cluster.machine.report import Report, judge
from servicelab.cluster.progress import Reporter


def examine(home: Home, cluster: str = DEFAULT_NAME, bundle: Bundle | None = None) -> Report:
    """What stands in the way of a kind cluster of that name on this machine."""
    return judge(collect(home, cluster, bundle))


def preflight(home: Home, cluster: str, bundle: Bundle | None, reporter: Reporter) -> None:
    """Tell the warnings; MachineError, with what to do, when no cluster would come up."""
    with reporter.step("Looking whether this machine can run it"):
        report = examine(home, cluster, bundle)
        fault = report.error()
        if fault is not None:
            raise fault
    for warning in report.warnings:
        reporter.say(f"Note: {warning.what}. {warning.why}")
