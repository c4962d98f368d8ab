"""What became of one request: the word every probe, route and check shares."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a request ended, as the one who sent it sees it."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    NO_SUCH_NAME = "no_such_name"
    RESET = "reset"


@dataclass(frozen=True)
class Verdict:
    """The end of one request.

    `by` names the Pod that answered as `namespace/name` (None when nobody did, or when it cannot be told);
    `seen_source` is the source address that Pod saw; `body` is what it said; `detail` is the client's own
    words (for example curl's message); `status` is the HTTP status code when the answer was HTTP.
    """

    outcome: Outcome
    by: str | None = None
    seen_source: str | None = None
    body: str = ""
    detail: str = ""
    status: int | None = None

    @property
    def answered(self) -> bool:
        """Whether anybody answered, whatever the answer said."""
        return self.outcome is Outcome.ANSWERED
