"""What a grader is made of: @check, expectations, the runner, results and their renderers."""

from servicelab.checks.answers import Answer, Answers, read_answers
from servicelab.checks.causes import Failure
from servicelab.checks.check import Check, Control, check, checks_of, control, controls_of
from servicelab.checks.items import Choice, Item, ItemKind, explain, predict, read_off, right_answer, transfer
from servicelab.checks.lab import Lab, Refusal
from servicelab.checks.names import Names
from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult
from servicelab.checks.run import all_errors, run_checks, run_controls
from servicelab.checks.variant import Variant

__all__ = [
    "Answer",
    "Answers",
    "Check",
    "CheckOutcome",
    "CheckResult",
    "Choice",
    "Control",
    "ExerciseResult",
    "Failure",
    "Item",
    "ItemKind",
    "Lab",
    "Names",
    "Refusal",
    "Variant",
    "all_errors",
    "check",
    "checks_of",
    "control",
    "controls_of",
    "explain",
    "predict",
    "read_answers",
    "read_off",
    "right_answer",
    "run_checks",
    "run_controls",
    "transfer",
]
