"""The runner: dependencies are skipped, failures carry words, and our own faults never score as the learner's."""

from threading import Barrier
from types import SimpleNamespace

import pytest

from servicelab.checks import CheckOutcome, Failure, Lab, Names, check, control, run_checks, run_controls
from servicelab.checks.causes import catalogue
from servicelab.checks.check import Check, checks_of
from servicelab.checks.items import Item
from servicelab.cluster.base import Capability, MachineError, NotSupported

NOWHERE = SimpleNamespace(name="lab", capabilities=frozenset())
LAB = Lab(cluster=NOWHERE, names=Names({"shop": "shop-abc123"}))  # type: ignore[arg-type]


def fail(lab):
    raise Failure("service-missing", "There is a Service in shop-abc123.", namespace="shop-abc123")


def passing(lab):
    pass


def raising(error):
    def function(lab):
        raise error

    return function


def test_outcomes_and_dependencies():
    first = Check("first", "first", 1, passing)
    second = Check("second", "second", 2, fail)
    third = Check("third", "third", 3, passing, (second,))
    fourth = Check("fourth", "fourth", 4, passing, (third,))
    seen = []
    results = run_checks([first, second, third, fourth], LAB, seen.append)
    assert [result.outcome for result in results] == ["passed", "failed", "skipped", "skipped"]
    assert tuple(seen) == results
    assert [result.earned for result in results] == [1, 0, 0, 0]
    assert "“second”" in results[2].actual
    assert "“second”" in results[3].actual


def test_a_failure_speaks_of_the_exercises_own_names():
    (result,) = run_checks([check("x", points=1)(fail)], LAB)
    assert result.cause == "service-missing"
    assert result.expected == "There is a Service in shop."
    assert "shop-abc123" not in result.actual + result.help + result.expected


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MachineError("Docker is down", "Start it."), "machine"),
        (NotSupported("Not here."), "not-supported"),
        (KeyError("x"), "grader"),
        (AssertionError(), "grader"),
        (RecursionError(), "grader"),
    ],
)
def test_what_is_not_the_learners_fault_is_an_error(error, cause):
    broken = Check("broken", "broken", 2, raising(error))
    after = Check("after", "after", 1, passing, (broken,))
    results = run_checks([broken, after], LAB)
    assert [result.outcome for result in results] == [CheckOutcome.ERROR, CheckOutcome.ERROR]
    assert results[0].cause == cause


def test_a_control_that_fails_blames_the_machine():
    with pytest.raises(MachineError, match="not in order"):
        run_controls([control(fail)], LAB)
    run_controls([control(passing)], LAB)


def test_checks_of_keeps_the_order():
    namespace = type("Grader", (), {})
    module = namespace()
    module.b = check("b", points=1)(passing)
    module.a = check("a", points=1)(fail)
    module.other = passing
    assert [one.title for one in checks_of(module)] == ["b", "a"]


def test_a_check_must_be_worth_something():
    with pytest.raises(ValueError, match="worth"):
        check("x", points=0)


def test_an_unknown_cause_or_a_missing_fact_is_found_at_once():
    with pytest.raises(KeyError):
        Failure("no-such-cause", "x")
    with pytest.raises(KeyError):
        Failure("wrong-port", "x", name="web")


def test_the_catalogue_is_sound():
    for cause, wording in catalogue().items():
        assert wording.actual, cause
        assert wording.help, cause


def test_on_a_real_cluster_what_needs_nothing_of_each_other_runs_at_once_and_changes_come_last():
    real = SimpleNamespace(name="lab", capabilities=frozenset({Capability.REAL_TRAFFIC}))
    lab = Lab(cluster=real, names=Names({"shop": "shop-abc123"}))  # type: ignore[arg-type]
    together, order = Barrier(2), []

    def meeting(lab):
        together.wait(10)

    def noting(name):
        return lambda lab: order.append(name)

    first = Check("first", "first", 1, noting("first"))
    changing = Item("changing", "changing", 1, noting("changing"), (first,), given=("kind: Service",))
    one, other = (Check(name, name, 1, meeting, (first,)) for name in ("one", "other"))
    last = Check("last", "last", 1, noting("last"), (one, other))
    results = run_checks([first, changing, one, other, last], lab)
    assert [(result.id, result.outcome) for result in results] == [
        (name, "passed") for name in ("first", "changing", "one", "other", "last")
    ]
    assert order == ["first", "last", "changing"]
    assert not together.broken


def test_nothing_may_rest_on_a_check_that_changes_the_cluster():
    changing = Item("changing", "changing", 1, passing, given=("kind: Service",))
    with pytest.raises(ValueError, match="such a check comes last"):
        Check("after", "after", 1, passing, (changing,))
