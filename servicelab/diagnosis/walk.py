"""Walks a request's way in a fixed order and names the first broken hop."""

from collections.abc import Callable

from servicelab.diagnosis import addressing, naming, outside, programs, readiness, selection, target_ports, ways
from servicelab.diagnosis.finding import Diagnosis, Finding
from servicelab.diagnosis.question import Question
from servicelab.diagnosis.request import Request
from servicelab.diagnosis.seen import Seen
from servicelab.diagnosis.snapshot import Snapshot

STEPS: tuple[Callable[[Request], Finding | None], ...] = (
    naming.broken,
    addressing.broken,
    selection.broken,
    readiness.broken,
    target_ports.broken,
    programs.broken,
    ways.broken,
    outside.broken,
)
"""In the order of the stages."""
NOT_TOLD_APART = (
    "Every object on the way is in order, and yet the request got no answer: {verdict}. From the objects it cannot be "
    "told whether the program hangs, kube-proxy's rules are old, or something between the machines drops the packets."
)


def diagnose(snapshot: Snapshot, question: Question, seen: Seen | None = None) -> Diagnosis:
    """The first broken hop of the request, from the cluster's objects and from what was `seen` beside them.

    A request that really was answered is not accused, whatever the model says of it.
    """
    request = Request(snapshot, question, seen or Seen())
    if request.is_answered:
        found = selection.not_meant(request) or outside.not_from_here(request)
        return Diagnosis(question, found, () if found else request.prediction.by, seen=request.seen)
    for step in STEPS:
        found = step(request)
        if found is not None:
            return Diagnosis(question, found, seen=request.seen)
    return Diagnosis(question, unclear=_why_unclear(request), seen=request.seen)


def _why_unclear(request: Request) -> str:
    verdict = request.seen.verdict
    if verdict is not None:
        return NOT_TOLD_APART.format(verdict=verdict.detail.strip() or str(verdict.outcome).replace("_", " "))
    if request.prediction.unmodelled:
        return f"No object on the way is at fault, and no request was sent: {request.prediction.unmodelled}."
    hops = request.broken_path.hops if request.broken_path else ()
    return hops[-1].said if hops else "The way could not be followed."
