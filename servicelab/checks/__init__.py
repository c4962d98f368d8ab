"""What a grader is made of: @check, expectations, the runner, results and their renderers."""

from servicelab.checks.causes import Failure
from servicelab.checks.check import Check, Control, check, checks_of, control, controls_of
from servicelab.checks.lab import Lab, Refusal
from servicelab.checks.names import Names
from servicelab.checks.result import CheckOutcome, CheckResult, ExerciseResult
from servicelab.checks.run import all_errors, run_checks, run_controls

__all__ = [
    "Check",
    "CheckOutcome",
    "CheckResult",
    "Control",
    "ExerciseResult",
    "Failure",
    "Lab",
    "Names",
    "Refusal",
    "all_errors",
    "check",
    "checks_of",
    "control",
    "controls_of",
    "run_checks",
    "run_controls",
]
