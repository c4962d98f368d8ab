"""Runs checks: what depends on a failed one is skipped, and what is not the learner's fault is an error.

On a real cluster, where every silence takes real seconds, what needs nothing of each other runs at the same time.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from lightkube.core.exceptions import ApiError

from servicelab.checks.at_once import MOST, at_once, takes_real_time
from servicelab.checks.causes import Failure
from servicelab.checks.check import Check, Control
from servicelab.checks.evidence import also_refused, beside
from servicelab.checks.items import Item, Void
from servicelab.checks.lab import Lab
from servicelab.checks.result import GOOD, CheckOutcome, CheckResult
from servicelab.cluster.base import MachineError, NotSupported
from servicelab.cluster.machine.diagnosis import diagnosed

logger = logging.getLogger(__name__)


def run_controls(controls: Sequence[Control], lab: Lab) -> None:
    """Make sure that what the checks rest on works. MachineError when it does not."""

    def run(control: Control) -> None:
        try:
            control.function(lab)
        except Failure as failure:
            said = lab.names.shown(failure.actual)
            raise MachineError(f"the cluster is not in order: {said}", "Check again in a moment.") from failure

    for _ in at_once(run, controls, lab.cluster):
        pass


def run_checks(
    checks: Sequence[Check], lab: Lab, progress: Callable[[CheckResult], None] = lambda _: None
) -> tuple[CheckResult, ...]:
    """All checks; `progress` is called after each. The results have the order in which the checks are written."""
    results: dict[str, CheckResult] = {}

    def run(check: Check) -> CheckResult:
        needed = [results[before.id] for before in check.after]
        failed = next((result for result in needed if result.outcome not in GOOD), None)
        return _skipped(check, failed) if failed else _run(check, lab)

    for result in _as_they_come(run, checks, lab):
        results[result.id] = result
        progress(result)
    return tuple(results[check.id] for check in checks)


def _as_they_come(run: Callable[[Check], CheckResult], checks: Sequence[Check], lab: Lab) -> Iterator[CheckResult]:
    """A result for each check. On a real cluster a check begins once those it needs have their results; one that
    changes the cluster comes last, and alone."""
    if not takes_real_time(lab.cluster):
        yield from map(run, checks)
        return
    waiting = [check for check in checks if not check.changes_the_cluster]
    under_way: set[Future[CheckResult]] = set()
    known: set[str] = set()
    with ThreadPoolExecutor(MOST) as threads:
        while waiting or under_way:
            begun = [check for check in waiting if known >= {before.id for before in check.after}]
            under_way |= {threads.submit(run, check) for check in begun}
            waiting = [check for check in waiting if check not in begun]
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for result in (future.result() for future in done):
                yield result
                known.add(result.id)
    yield from (run(check) for check in checks if check.changes_the_cluster)


def all_errors(checks: Sequence[Check], error: Exception) -> tuple[CheckResult, ...]:
    """The result when nothing could be judged."""
    return tuple(_error(check, error, 0.0) for check in checks)


def _run(check: Check, lab: Lab) -> CheckResult:
    began = time.perf_counter()
    try:
        check.function(lab)
    except Failure as failure:
        shown = lab.names.shown
        # an answer is a learner's own; what became of the manifest says nothing of it
        seen = () if isinstance(check, Item) else (beside(lab), also_refused(lab, failure.cause))
        return CheckResult(
            check.id,
            check.title,
            check.points,
            CheckOutcome.FAILED,
            expected=shown(failure.expected),
            actual=shown(" ".join(filter(None, (failure.actual, *seen)))),
            help=shown(failure.help),
            cause=failure.cause,
            seconds=time.perf_counter() - began,
            look=shown(failure.look(lab.names.first)),
        )
    except Void as void:
        # whoever answered it, rightly or not, loses nothing; a person should look at the question
        logger.warning("item %s is void: %s", check.id, void)
        took = time.perf_counter() - began
        help = "Report this. It costs you nothing."
        return CheckResult(
            check.id, check.title, check.points, CheckOutcome.VOID, "", str(void), help, "item-void", took
        )
    except Exception as error:
        # a check that breaks is our fault or the machine's, and must never cost a learner marks
        logger.info("check %s could not be judged", check.id, exc_info=True)
        return _error(check, diagnosed(error, lab.cluster), time.perf_counter() - began)
    return CheckResult(check.id, check.title, check.points, CheckOutcome.PASSED, seconds=time.perf_counter() - began)


def _skipped(check: Check, failed: CheckResult) -> CheckResult:
    """An error passes on: what could not be judged does not count as failed anywhere."""
    if failed.outcome is CheckOutcome.ERROR:
        outcome, cause, help = CheckOutcome.ERROR, failed.cause, failed.help
        actual = "This check needs another one that could not be judged."
    else:
        outcome, cause, help = CheckOutcome.SKIPPED, None, ""
        # name the check that failed, not the last link of the chain from it to this one
        actual = failed.actual if failed.outcome is CheckOutcome.SKIPPED else f"Needs “{failed.title}” first."
    return CheckResult(check.id, check.title, check.points, outcome, actual=actual, help=help, cause=cause)


def _error(check: Check, error: Exception, seconds: float) -> CheckResult:
    match error:
        case MachineError():
            cause, actual, help = "machine", error.what, error.fix
        case NotSupported():
            cause, actual, help = "not-supported", str(error), "This cluster cannot judge it; a kind cluster can."
        case ApiError():
            cause, actual, help = "machine", f"The API server answered: {error.status.message}", "Check again."
        case _:
            cause, actual, help = "grader", f"The lab itself broke: {type(error).__name__}: {error}", "Report this."
    return CheckResult(
        check.id, check.title, check.points, CheckOutcome.ERROR, actual=actual, help=help, cause=cause, seconds=seconds
    )
