"""Items: right answers are computed, what is void costs nothing, and choices are shown in an order of one's own."""

from dataclasses import replace

import pytest

from servicelab.checks import (
    CheckOutcome,
    Choice,
    ItemKind,
    Lab,
    Names,
    Variant,
    explain,
    predict,
    read_answers,
    read_off,
    right_answer,
    transfer,
)
from servicelab.checks.causes import catalogue
from servicelab.checks.items import Void
from servicelab.checks.render import question, terminal
from servicelab.course import load_course, run
from servicelab.course.engine import prepared, submitted
from servicelab.course.help import items_of
from servicelab.course.solving import written
from servicelab.course.variant import reference
from servicelab.network.verdict import Outcome, Verdict

COURSE = load_course()
SOLUTION = written(COURSE, COURSE.exercise("clusterip"))
OTHER = Variant({"service": "web"}, {"service": "orders"}, b"seed")


class Lying:
    """A cluster whose probes to one name end otherwise than the model says."""

    def __init__(self, cluster, name):
        self._cluster, self._name = cluster, name

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    def probe(self, source, target, *, timeout=2.0):
        if target.host.split(".")[0] == self._name:
            return Verdict(Outcome.RESET)
        return self._cluster.probe(source, target, timeout=timeout)


def test_where_model_and_probe_disagree_the_item_is_void_and_costs_nothing(embedded_cluster):
    result = run("clusterip", SOLUTION, Lying(embedded_cluster, "copy"))
    (changed,) = [check for check in result.checks if check.id == "changed"]
    assert (changed.outcome, changed.cause, changed.earned) == (CheckOutcome.VOID, "item-void", 1)
    assert "The model says refused, the probe ended with the connection was reset" in changed.actual
    assert (result.score, result.passed, result.unscored) == (10, True, False)
    assert terminal(result)


def test_an_item_without_a_right_choice_is_void(embedded_cluster):
    exercise = COURSE.exercise("clusterip")
    item = items_of(COURSE, exercise)["why-silent"]
    with prepared(exercise, COURSE, embedded_cluster, reference(exercise)) as lab:
        lab = submitted(exercise, SOLUTION, lab)
        assert right_answer(item, lab) == "service-ports"
        others = tuple(replace(choice, decides="Service shop/web spec.type") for choice in item.choices)
        with pytest.raises(Void, match="not one of the choices"):
            right_answer(replace(item, choices=others), lab)


@pytest.mark.parametrize(("case", "ends"), [(0, "refused"), (1, "answered"), (2, "no such name"), (3, "no such name")])
def test_a_question_about_a_colleagues_pod_waits_until_the_pod_can_be_asked(embedded_cluster, case, ends):
    exercise = COURSE.exercise("first-requests")
    item = items_of(COURSE, exercise)["changed"]
    with prepared(exercise, COURSE, embedded_cluster, reference(exercise)) as lab:
        assert right_answer(replace(item, given=(item.given[case],)), lab) == ends


def test_answers_are_read_as_data():
    read = read_answers(
        {"before": "near: answered\nfar:\n", "after": "near: refused\nx: !!python/object:os.system 1\n"}
    )
    assert read.by_item["near"].choice == "answered"
    assert (read.by_item["far"].choice, read.by_item["far"].line) == ("", 2)
    assert "after, line 2" in read.problems[0]


def test_choices_have_an_order_of_their_own_and_ids_stay():
    choices = tuple(Choice(letter, f"what `web` does, {letter}") for letter in "abcdef")
    item = explain("why", "You know why", "Why does `web` answer?", "outside", "http://web", choices=choices, points=1)
    plain, own = question(item, Variant()), question(item, OTHER)
    assert [line[3] for line in plain.splitlines() if line.startswith("- ")] == list("abcdef")
    listed = [line[3] for line in own.splitlines() if line.startswith("- ")]
    assert listed != list("abcdef")
    assert sorted(listed) == list("abcdef")
    assert "web" not in own
    assert "Why does `orders` answer?" in own


def test_how_a_request_ends_is_offered_in_the_same_order_to_everybody():
    item = predict("now", "outside", "http://web", points=1)
    ends = [choice.id for choice in item.offered(Variant())]
    assert [choice.id for choice in item.offered(OTHER)] == ends == ["answered", "refused", "timed out", "no such name"]


def test_each_variant_gets_one_of_the_changed_states():
    item = transfer("t", "t", "q", "outside", "http://web", given=("a: web", "b: web"), points=1)
    seen = {item.case(Variant({"service": "web"}, {"service": "orders"}, bytes([seed]))) for seed in range(1, 30)}
    assert seen == {"a: orders", "b: orders"}
    assert item.case(Variant()) == "a: web"
    assert "```yaml" in question(item, OTHER)
    assert predict("p", "outside", "http://web", points=1).kind is ItemKind.PREDICT


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.slug)
def test_help_with_a_wrong_answer_does_not_tell_the_right_one(exercise):
    for item in items_of(COURSE, exercise).values():
        causes = {choice.cause or f"{item.kind}-wrong" for choice in item.choices if not choice.decides}
        right = [choice.id for choice in item.choices if choice.decides]
        if item.kind is ItemKind.EXPLAIN and item.reads is None:
            assert len(right) == 1
            for cause in causes:
                assert right[0] not in catalogue()[cause].help


def test_what_stands_on_the_cluster_is_read_there(embedded_cluster):
    def item(reads):
        return read_off("i", "title", "question", reads, choices=(Choice("one", "1"), Choice("two", "2")), points=1)

    lab = Lab(embedded_cluster, Names({"shop": "shop"}))
    seen = iter([None, None, "two"])
    assert right_answer(item(lambda _: next(seen)), lab) == "two"
    with pytest.raises(Void, match="not to be seen"):
        right_answer(item(lambda _: None), lab)
