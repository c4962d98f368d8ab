"""Items: what a learner answers beside their manifest. They are checks, so they have points and an order.

`predict` gives credit for a prediction, whatever it says; `explain` asks which field decided how a request ended;
`transfer` asks how one ends in a changed state. The right answers of the last two are computed for every submission:
the model of the network says them and a probe on the same cluster must agree, else the item is void.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from servicelab.checks.answers import Answer
from servicelab.checks.causes import Failure
from servicelab.checks.check import Check
from servicelab.checks.objects import write
from servicelab.checks.patience import PATIENCE_OF_A_REQUEST, growing_patience
from servicelab.checks.pods import STARTED_WITHIN, is_served
from servicelab.checks.services import lists_all
from servicelab.checks.words import OUTCOMES, listed
from servicelab.cluster.base import WaitedTooLong
from servicelab.manifests import read
from servicelab.network.path import HopKind, Path
from servicelab.network.route import possible_paths
from servicelab.network.unmodelled import Unmodelled
from servicelab.network.verdict import Outcome

if TYPE_CHECKING:
    from servicelab.checks.lab import Lab
    from servicelab.checks.variant import Variant

DAMAGED = "notebook-damaged"
"""The cause when nothing of a submission could be read."""
ENDS = (Outcome.ANSWERED, Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.NO_SUCH_NAME)


class ItemKind(StrEnum):
    """What an item asks for."""

    PREDICT = "predict"
    EXPLAIN = "explain"
    TRANSFER = "transfer"


class Void(Exception):
    """An item without a right answer: model and probe disagree, or the model does not know. It costs nothing."""


@dataclass(frozen=True)
class Choice:
    """One thing to choose. `id` is what the learner writes; `cause` names the misconception of those who choose it.

    `decides` is how the model's reason for a hop begins when this choice is right, such as
    `Service shop/web spec.ports`; a choice without it is never right.
    """

    id: str
    text: str
    decides: str = ""
    cause: str = ""


HOW_IT_ENDS = tuple(Choice(OUTCOMES[outcome], "") for outcome in ENDS)


@dataclass(frozen=True)
class Item(Check):
    """A question. All its texts are written with the reference's values; `source` and `url` are the request it is
    about.

    `given` are the changed states, as manifests, of which each variant gets one; `hop` is the kind of the hop that
    decides, the last one when None. With `reads` it is about no request: that finds the id of the right choice.
    """

    kind: ItemKind = ItemKind.PREDICT
    question: str = ""
    source: str = ""
    url: str = ""
    choices: tuple[Choice, ...] = HOW_IT_ENDS
    given: tuple[str, ...] = ()
    hop: HopKind | None = None
    reads: "Callable[[Lab], str | None] | None" = None

    @property
    def changes_the_cluster(self) -> bool:
        """Whether a changed state is made for it."""
        return bool(self.given)

    def case(self, variant: "Variant") -> str:
        """The changed state that this variant gets, with its values."""
        return variant.rendered(variant.order(self.id, self.given)[0]) if self.given else ""

    def offered(self, variant: "Variant") -> list[Choice]:
        """The choices as this variant's learner sees them: reasons in an order of its own, ends always in the same."""
        return variant.order(self.id, self.choices) if self.kind is ItemKind.EXPLAIN else list(self.choices)


def predict(
    id: str, source: str, url: str, *, points: float, question: str = "", after: Check | tuple[Check, ...] = ()
) -> Item:
    """Ask how a request will end, before it is sent; any of the four answers is worth the points."""
    question = question or f"`{source}` asks `{url}`. How does it end?"
    title = f"You said beforehand how it ends when {source} asks {url}"
    return _made(ItemKind.PREDICT, id, title, points, after, question=question, source=source, url=url)


def explain(
    id: str,
    title: str,
    question: str,
    source: str,
    url: str,
    *,
    choices: tuple[Choice, ...],
    points: float,
    hop: HopKind | None = None,
    after: Check | tuple[Check, ...] = (),
) -> Item:
    """Ask which object and field decided how a request ended; right is the choice that the model gives as reason."""
    facts = {"question": question, "source": source, "url": url, "choices": choices, "hop": hop}
    return _made(ItemKind.EXPLAIN, id, title, points, after, **facts)


def read_off(
    id: str,
    title: str,
    question: str,
    reads: "Callable[[Lab], str | None]",
    *,
    choices: tuple[Choice, ...],
    points: float,
    given: tuple[str, ...] = (),
    after: Check | tuple[Check, ...] = (),
) -> Item:
    """Ask for what stands on the cluster, in a changed state if there are `given`; `reads` finds the right choice's id
    there, or None as long as it is not to be seen.
    """
    facts = {"question": question, "reads": reads, "choices": choices, "given": given}
    return _made(ItemKind.EXPLAIN, id, title, points, after, **facts)


def transfer(
    id: str,
    title: str,
    question: str,
    source: str,
    url: str,
    *,
    given: tuple[str, ...],
    points: float,
    after: Check | tuple[Check, ...] = (),
) -> Item:
    """Ask how a request ends in a changed state: the learner's, with the manifests of one of `given` applied to it."""
    facts = {"question": question, "source": source, "url": url, "given": given}
    return _made(ItemKind.TRANSFER, id, title, points, after, **facts)


def _made(
    kind: ItemKind, id: str, title: str, points: float, after: Check | tuple[Check, ...], **facts: object
) -> Item:
    before = (after,) if isinstance(after, Check) else after
    judge = JUDGES[kind]
    item = Item(id, title, points, lambda lab: judge(item, lab), before, kind=kind, **facts)  # type: ignore[arg-type]
    return item


def _judge_prediction(item: Item, lab: "Lab") -> None:
    chosen(item, lab)


def _judge_answer(item: Item, lab: "Lab") -> None:
    answer = chosen(item, lab)
    if answer.choice != right_answer(item, lab):
        choice = next(choice for choice in item.choices if choice.id == answer.choice)
        text = f"{choice.id} ({lab.rendered(choice.text)})" if choice.text else choice.id
        cause = choice.cause or f"{item.kind}-wrong"
        raise Failure(cause, _expected(item), item=item.id, choice=text, cell=answer.cell, line=answer.line)


JUDGES: Mapping[ItemKind, Callable[[Item, "Lab"], None]] = {
    ItemKind.PREDICT: _judge_prediction,
    ItemKind.EXPLAIN: _judge_answer,
    ItemKind.TRANSFER: _judge_answer,
}


def _expected(item: Item) -> str:
    match item.kind:
        case ItemKind.PREDICT:
            return f"A prediction {item.id}, written before the request is sent."
        case ItemKind.EXPLAIN:
            return f"For {item.id}, the field that decided how the request ended."
    return f"For {item.id}, how the request ends in the changed state."


def chosen(item: Item, lab: "Lab") -> Answer:
    """The learner's choice. Failure when there is none, or none of those offered."""
    answer = lab.answers.by_item.get(item.id)
    offered = listed([choice.id for choice in item.offered(lab.variant)])
    if answer is None or not answer.choice:
        for refusal in lab.refusals:
            if refusal.cause == DAMAGED:
                raise Failure(refusal.cause, _expected(item), **refusal.facts)
        if lab.answers.problems:
            raise Failure("answers-invalid", _expected(item), problem="\n".join(lab.answers.problems[:3]))
        raise Failure("answer-missing", _expected(item), item=item.id, offered=offered)
    if answer.choice not in {choice.id for choice in item.choices}:
        facts = {"item": item.id, "choice": answer.choice, "cell": answer.cell, "line": answer.line, "offered": offered}
        raise Failure("answer-unknown", _expected(item), **facts)
    return answer


def right_answer(item: Item, lab: "Lab") -> str:
    """The id of the right choice on this cluster, now. Void when model and probe do not agree on one."""
    _change(item, lab)
    if item.reads is not None:
        return _read(item.reads, lab)
    paths = _agreed(item, lab)
    if not any(choice.decides for choice in item.choices):
        return OUTCOMES[paths[0].verdict.outcome]
    reasons = {lab.names.shown(_reason(item, path)) for path in paths}
    right = [
        choice.id
        for choice in item.choices
        if choice.decides and all(reason.startswith(lab.rendered(choice.decides)) for reason in reasons)
    ]
    if len(right) != 1:
        raise Void(f"The model gives as reason “{'”, “'.join(sorted(reasons))}”, which is not one of the choices.")
    return right[0]


def _read(reads: "Callable[[Lab], str | None]", lab: "Lab") -> str:
    """What stands on the cluster in the end. Void when it is not to be seen."""
    try:
        return lab.cluster.wait_until("what the item asks for", lambda: reads(lab), timeout=lab.patience) or ""
    except WaitedTooLong:
        raise Void("What this item asks for is not to be seen on this cluster.") from None


def _change(item: Item, lab: "Lab") -> None:
    """Apply the changed state of this variant; wait until its Pods run and its Services have their endpoints."""
    for manifest in read(item.case(lab.variant), item.id).manifests:
        write(lab.api, lab.names.in_manifest(manifest.object), lab.real(manifest.namespace))
        selector = manifest.object.get("spec", {}).get("selector")
        if manifest.kind == "Service" and selector:
            listed_all = partial(lists_all, lab, manifest.name, selector, manifest.namespace)
            lab.cluster.wait_until(f"the endpoints of {manifest.name}", listed_all, timeout=lab.patience)
        if manifest.kind == "Pod":
            served = partial(is_served, lab, manifest.name, manifest.namespace)
            lab.cluster.wait_until(f"the Pod {manifest.name}", served, timeout=STARTED_WITHIN)


def _reason(item: Item, path: Path) -> str:
    """Why the deciding hop happened."""
    hops = [hop for hop in path.hops if item.hop in (None, hop.kind)]
    return hops[-1].because if hops else ""


def _agreed(item: Item, lab: "Lab") -> list[Path]:
    """All paths the request may take, once they end alike and as a probe does."""
    source, target = lab.place(lab.rendered(item.source)), lab.target(lab.rendered(item.url))
    last = ""
    patience = growing_patience()

    def paths() -> list[Path]:
        nonlocal last
        try:
            possible = possible_paths(lab.network(), source, target)
        except Unmodelled as unknown:
            raise Void(f"The model does not know: {unknown}.") from None
        said = {path.verdict.outcome for path in possible}
        seen = (
            lab.silences.pop((source, target), None)
            or lab.cluster.probe(
                source, target, timeout=PATIENCE_OF_A_REQUEST if Outcome.TIMED_OUT in said else next(patience)
            ).outcome
        )
        last = (
            f"The model says {listed([OUTCOMES[outcome] for outcome in said])}, the probe ended with {OUTCOMES[seen]}."
        )
        return possible if said == {seen} else []

    try:
        return lab.cluster.wait_until("model and probe to agree", paths, timeout=lab.patience)
    except WaitedTooLong:
        raise Void(last) from None
