"""What a learner may ask for: hints in steps, the explanation once it is open, the solution at any time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from servicelab.checks import Item, Variant, checks_of
from servicelab.cluster.home import Home
from servicelab.course.catalogue import Course, Exercise, load_course
from servicelab.course.engine import load_grader
from servicelab.course.progress import Progress
from servicelab.course.variant import another
from servicelab.course.whose import Owner, owner
from servicelab.course.wording import wording

STEPS = 3


class NotOpen(ValueError):
    """The explanation is not open yet; the message says when it will be."""


def items_of(course: Course, exercise: Exercise) -> dict[str, Item]:
    """The exercise's items, by id."""
    grader = load_grader(course.root / exercise.grader)
    return {check.id: check for check in checks_of(grader) if isinstance(check, Item)}


def task(course: Course, exercise: Exercise, variant: Variant) -> str:
    """What is asked, in Markdown, with the learner's values."""
    return variant.rendered(wording(course, exercise).task)


def help_with(slug: str, student: str | None = None) -> "Help":
    """Help for whoever sits at this machine, or for a student, with an exercise. NoSuchExercise for an unknown slug."""
    home, course = Home.find(), load_course()
    return Help(course, course.exercise(slug), owner(home, student=student), home)


@dataclass(frozen=True)
class Help:
    """Gives one learner help with one exercise. Texts are Markdown."""

    course: Course
    exercise: Exercise
    owner: Owner
    home: Home

    @property
    def _progress(self) -> Progress:
        return Progress(self.home)

    def hint(self) -> str:
        """The next step for what failed in the last attempt; after the last step, the last one again.

        A question first, then the command to look with, then a worked example with another's values.
        """
        progress, slug = self._progress, self.exercise.slug
        causes = progress.standing(slug).last_causes
        words = wording(self.course, self.exercise)
        known = [cause for cause in causes if cause in words.hints]
        cause, hints = words.hints_for(known[0] if known else None)
        step = self.course.policy.hint_step(min(progress.hints_taken(slug, cause) + 1, STEPS))
        progress.record_hint(slug, cause, step)
        variant = self.owner.variant(self.exercise, self.home)
        match step:
            case 1:
                said = hints.question
            case 2:
                said = f"Look:\n\n```\n{variant.rendered(hints.look.strip())}\n```"
            case _:
                said = f"The same, elsewhere:\n\n{another(self.exercise, variant).rendered(hints.parallel.strip())}"
        return f"**Hint {step} of {STEPS}.** {said}"

    def explanation(self, now: datetime | None = None) -> str:
        """What was to be understood, with the learner's values. NotOpen before full marks and before the due date."""
        due = self.exercise.due
        is_due = due is not None and (now or datetime.now(UTC)) >= (due if due.tzinfo else due.replace(tzinfo=UTC))
        if not is_due and not self._progress.standing(self.exercise.slug).first_passed:
            until = f", or on {due:%d %B %Y}" if due else ""
            raise NotOpen(
                f"The explanation opens when all checks pass{until}. Until then: a hint, or the solution "
                f"(`lab hint {self.exercise.slug} --show-me`), after which you get fresh values to solve it with."
            )
        return self._explained(self.owner.variant(self.exercise, self.home))

    def solution(self) -> str:
        """The explanation, at once. Afterwards the learner has a fresh variant to pass.

        In a class the values stay those that will be graded, so the solution is shown for another's.
        """
        self.course.policy.allow_solution()
        own = self.owner.variant(self.exercise, self.home)
        self._progress.record_solution_shown(self.exercise.slug)
        if self.owner.student:
            return (
                f"These are another's values; yours stay as they are.\n\n{self._explained(another(self.exercise, own))}"
            )
        said = f"From now on you have fresh values: run `%exercise {self.exercise.slug}` again."
        return f"{self._explained(own)}\n\n{said}"

    def _explained(self, variant: Variant) -> str:
        return variant.rendered(wording(self.course, self.exercise).explanation)
