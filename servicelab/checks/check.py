"""`@check` makes a grader's function a check; `@control` makes one that must hold before anything is judged."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from servicelab.checks.lab import Lab

CheckFunction = Callable[[Lab], None]


@dataclass(frozen=True)
class Check:
    """One check: `after` lists the checks without which it means nothing; they must pass first."""

    id: str
    title: str
    points: float
    function: CheckFunction
    after: tuple["Check", ...] = ()

    def __post_init__(self) -> None:
        if any(before.changes_the_cluster for before in self.after):
            raise ValueError(f"{self.id} comes after a check that changes the cluster; such a check comes last")

    @property
    def changes_the_cluster(self) -> bool:
        """Whether it may change what other checks see."""
        return False


@dataclass(frozen=True)
class Control:
    """Something that must work before the learner's manifests are applied, else the machine is at fault."""

    id: str
    function: CheckFunction


def check(title: str, *, points: float, after: Check | tuple[Check, ...] = ()) -> Callable[[CheckFunction], Check]:
    """Make a function a check; it passes unless it raises Failure. `title` is one sentence that is true when it passes.

    A check that something does *not* answer must name in `after` the check that it does answer where it should.
    """
    if points <= 0:
        raise ValueError("a check is worth more than nothing")
    before = (after,) if isinstance(after, Check) else after

    def decorate(function: CheckFunction) -> Check:
        return Check(function.__name__.replace("_", "-"), title, points, function, before)

    return decorate


def control(function: CheckFunction) -> Control:
    """Make a function a control."""
    return Control(function.__name__.replace("_", "-"), function)


def checks_of(grader: ModuleType) -> tuple[Check, ...]:
    """The checks of a grader module, in the order they are written."""
    return tuple(value for value in vars(grader).values() if isinstance(value, Check))


def controls_of(grader: ModuleType) -> tuple[Control, ...]:
    """The controls of a grader module, in the order they are written."""
    return tuple(value for value in vars(grader).values() if isinstance(value, Control))
