"""What a judgement about the machine finds."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from servicelab.cluster.base import MachineError

MAKE_ROOM = "Make room: `docker system df` shows what Docker holds, `docker image prune` removes images nobody names."


class Severity(StrEnum):
    """With a fault no cluster comes up; with a warning one does, and something about it will surprise."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing about this machine; `name` is the same in every version, for programs and for docs/machine.md.

    `what` is a sentence without its full stop, as in MachineError; `why` says why it matters here; `fix` is the
    command that mends it, or the one thing to do.
    """

    name: str
    what: str
    why: str
    fix: str
    severity: Severity = Severity.FAULT

    @property
    def is_fault(self) -> bool:
        """Whether no cluster comes up with it."""
        return self.severity is Severity.FAULT

    def error(self) -> MachineError:
        """The finding as what checks and commands end with."""
        return MachineError(self.what, self.fix)

    def to_json(self) -> dict[str, str]:
        """As `lab doctor machine -o json` prints it."""
        return asdict(self)
