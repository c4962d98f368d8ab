"""What a check may expect. Each expectation waits as long as something right may take, then fails with a cause."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from lightkube.resources.core_v1 import Service

from servicelab.checks import evidence, policies, services
from servicelab.checks.at_once import takes_real_time
from servicelab.checks.causes import Failure
from servicelab.checks.patience import growing_patience
from servicelab.checks.words import labels_words, listed, number_words, verdict_words
from servicelab.cluster.base import MachineError
from servicelab.network.prediction import predict
from servicelab.network.verdict import Verdict

if TYPE_CHECKING:
    from servicelab.checks.lab import Lab

MOST_CONNECTIONS = 60
BATCH = 12
"""Connections asked for at once when looking for every backend; three backends are nearly always seen in one batch."""
LATE = 30.0
"""Seconds that the nodes of a real cluster may take to follow its objects, at most."""
A_FEW = 6
"""Connections after which it is no chance that nobody answered."""


def expect_taken(lab: "Lab", expected: str) -> None:
    """Nothing of what the learner wrote was refused."""
    refused = services.why_refused(lab, expected)
    if refused:
        raise refused


def expect_service(lab: "Lab", name: str, namespace: str | None) -> Service:
    """The Service is there."""
    found = lab.service(name, namespace)
    if found is None:
        raise services.why_missing(lab, name, namespace or lab.names.first)
    return found


def expect_endpoints(lab: "Lab", service: str, of: Mapping[str, str], namespace: str | None) -> None:
    """The Service's EndpointSlices hold all Pods with the labels `of`, at least one, ready, and no other."""

    def as_expected() -> bool:
        meant = {pod.metadata.name for pod in lab.pods(of, namespace) if pod.metadata}
        return bool(meant) and services.ready_pods(lab, service, namespace) == meant

    if not lab.comes_true("the endpoints", as_expected):
        raise services.why_endpoints(lab, service, of, namespace or lab.names.first)


def expect_answer(
    lab: "Lab",
    source: str,
    url: str,
    by: Mapping[str, str] | None,
    cause: str | None = None,
    namespace: str | None = None,
) -> None:
    """A new connection is answered, by a Pod of the namespace with the labels `by`; silence has this `cause`, if one is
    given."""
    whom = f" from a Pod with {labels_words(by)}" if by else ""
    expected = f"{source} asks {url} and gets an answer{whom}."
    verdict = _verdict_in_the_end(lab, source, url)
    if not verdict.answered and cause is not None:
        seen = policies.seen(lab, cause, source, url) if policies.concerns(cause) else evidence.led(lab, source, url)
        raise Failure(cause, expected, seen, source=source, target=url, verdict=verdict_words(verdict))
    if not verdict.answered:
        raise services.why_no_answer(lab, source, url, verdict, expected)
    meant = {f"{lab.real(namespace)}/{pod.metadata.name}" for pod in lab.pods(by, namespace) if pod.metadata}
    if by is not None and verdict.by not in meant:
        answerer = verdict.by or "a program that did not say its name"
        raise Failure("wrong-backend", expected, source=source, target=url, by=answerer)


def first_answered(lab: "Lab", source: str, urls: Sequence[str]) -> str:
    """The first of several URLs that answers, within the lab's patience; the first of all when none does."""
    found: list[str] = []
    patience = growing_patience()

    def answered() -> bool:
        timeout = next(patience)
        found[:] = islice((url for url in urls if lab.probe(source, url, timeout).answered), 1)
        return bool(found)

    lab.comes_true("an answer at one of several addresses", answered)
    return (found or list(urls))[0]


def expect_every_backend(lab: "Lab", source: str, url: str, by: Mapping[str, str]) -> None:
    """Every Pod with the labels `by` answers within at most 60 new connections, and none is left unanswered."""
    space = lab.real(None)
    wanted = {f"{space}/{pod.metadata.name}" for pod in lab.pods(by) if pod.metadata}
    expected = f"All {number_words(len(wanted), 'Pod')} with {labels_words(by)} answer {source} at {url}, each in turn."
    first = _verdict_in_the_end(lab, source, url)
    verdicts: list[Verdict] = [first]
    if not first.answered:  # on a slow machine few were sent, and each may have met a silent Pod
        verdicts += lab.cluster.probe_many(lab.place(source), lab.target(url), A_FEW)
    if not any(verdict.answered for verdict in verdicts):
        raise services.why_no_answer(lab, source, url, first, expected)
    seen = {verdict.by for verdict in verdicts}
    while not wanted <= seen and len(verdicts) < MOST_CONNECTIONS:
        count = min(BATCH, MOST_CONNECTIONS - len(verdicts))
        verdicts += lab.cluster.probe_many(lab.place(source), lab.target(url), count)
        seen = {verdict.by for verdict in verdicts}
    silent = [verdict for verdict in verdicts if not verdict.answered]
    if silent:
        words = verdict_words(silent[0])
        seen_there = evidence.led(lab, source, url)
        raise Failure("backend-unstable", expected, seen_there, count=len(verdicts), failed=len(silent), verdict=words)
    if not wanted <= seen:
        names = {name.partition("/")[2] for name in wanted}
        answered = {(name or "").partition("/")[2] for name in seen} & names
        others = listed(sorted(names - answered))
        told = {"seen": listed(sorted(answered)) or "other programs", "others": others, "namespace": space}
        raise Failure("backends-silent", expected, evidence.kept(lab, source, url), count=len(verdicts), **told)


def expect_no_answer(
    lab: "Lab", source: str, url: str, control: tuple[str, str], cause: str, in_the_end: bool = False
) -> None:
    """Nobody answers, at once or in the end, while `control` (a source and a URL) is answered."""
    verdict = _silence_in_the_end(lab, source, url) if in_the_end else lab.probe(source, url)
    if not verdict.answered and any(_foretold(lab, source, url)):
        verdict = _verdict_in_the_end(lab, source, url)  # a busy machine is silent too, now and then
    if verdict.answered:
        expected = f"{source} asks {url} and gets no answer."
        if policies.concerns(cause):
            seen = policies.seen(lab, cause, source, url, control)
        else:
            seen = evidence.opened(lab, source, url)
        raise Failure(cause, expected, seen, source=source, target=url)
    if not _verdict_in_the_end(lab, *control).answered:
        raise MachineError(
            f"{control[0]} no longer gets an answer at {control[1]}, so the silence at {url} proves nothing",
            "Run the check again.",
        )
    lab.silences[lab.place(source), lab.target(url)] = verdict.outcome


def _verdict_in_the_end(lab: "Lab", source: str, url: str) -> Verdict:
    """The first answer, or how the last try ended when there is none within the lab's patience; on a busy machine
    nodes follow late, so what by the objects ought to be answered is asked for longer."""
    last: list[Verdict] = []
    patience = growing_patience()

    def answered() -> bool:
        last[:] = [lab.probe(source, url, next(patience))]
        return last[0].answered

    what = f"an answer at {url}"
    if not lab.comes_true(what, answered) and (foretold := _foretold(lab, source, url)) and all(foretold):
        lab.comes_true(what, answered, timeout=LATE)
    return last[0]


def _foretold(lab: "Lab", source: str, url: str) -> list[bool]:
    """Whether the request is answered by the objects alone, for each way that it may take; none when unknown, and none
    where the model itself answers: it is of one opinion with itself."""
    if not takes_real_time(lab.cluster):
        return []
    return [way.verdict.answered for way in predict(lab.network(), lab.place(source), lab.target(url)).paths]


def _silence_in_the_end(lab: "Lab", source: str, url: str) -> Verdict:
    """How the first request without an answer ended, or the last answer when all get one within the lab's patience."""
    last: list[Verdict] = []

    def silent() -> bool:
        last[:] = [lab.probe(source, url)]
        return not last[0].answered

    lab.comes_true(f"silence at {url}", silent)
    return last[0]
