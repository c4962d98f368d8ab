"""What checks of NetworkPolicies need: the network learns of them a moment after the API."""

from servicelab.checks.lab import Lab
from servicelab.checks.patience import FIRST_PATIENCE


def expect_kept_out(lab: Lab, source: str, url: str, cause: str, answered: tuple[str, str]) -> None:
    """No answer, once the network has had time to learn of the policies, while `answered` still is."""
    lab.comes_true("the policies", lambda: not lab.probe(source, url, FIRST_PATIENCE).answered)
    lab.expect_no_answer(source, url, control=answered, cause=cause)
