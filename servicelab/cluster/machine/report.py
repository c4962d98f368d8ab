"""All judgements, in the order in which a person wants to read them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servicelab.cluster.base import MachineError
from servicelab.cluster.machine import engine, images, inotify, kernel, reach, resources, versions
from servicelab.cluster.machine.facts import Facts
from servicelab.cluster.machine.finding import Finding

Judgement = Callable[[Facts], list[Finding] | None]
JUDGEMENTS: tuple[tuple[str, Judgement], ...] = (
    ("Docker", engine.judge),
    ("Nodes", engine.judge_nodes),
    ("Docker's place", reach.judge_virtual_machine),
    ("Architecture", kernel.judge_architecture),
    ("Control groups", kernel.judge_cgroups),
    ("Memory", resources.judge_memory),
    ("Disk", resources.judge_disk),
    ("inotify", inotify.judge),
    ("Images", images.judge),
    ("Ports", reach.judge_ports),
    ("Routes", reach.judge_routes),
    ("Proxies", reach.judge_proxies),
    ("kind", versions.judge_kind),
    ("kubectl", versions.judge_kubectl),
    ("Clock", versions.judge_clock),
)


@dataclass(frozen=True)
class Looked:
    """What one judgement made of the machine; `findings` None when it could not be found out."""

    title: str
    findings: tuple[Finding, ...] | None

    @property
    def state(self) -> str:
        """The worst of what was found: `fine`, `warning`, `fault`; or `unknown`."""
        if self.findings is None:
            return "unknown"
        return "fault" if any(one.is_fault for one in self.findings) else "warning" if self.findings else "fine"


@dataclass(frozen=True)
class Report:
    """All that was looked at."""

    looked: tuple[Looked, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in order."""
        return tuple(finding for one in self.looked for finding in one.findings or ())

    @property
    def faults(self) -> tuple[Finding, ...]:
        """With these no cluster comes up."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """With these one does."""
        return tuple(finding for finding in self.findings if not finding.is_fault)

    def to_json(self) -> dict[str, Any]:
        """As `lab doctor machine -o json` prints it."""
        return {
            "ready": not self.faults,
            "looked": {one.title: one.state for one in self.looked},
            "faults": [one.to_json() for one in self.faults],
            "warnings": [one.to_json() for one in self.warnings],
        }

    def error(self) -> MachineError | None:
        """The first fault as an error, and where to read the others; None when there is none."""
        if not self.faults:
            return None
        first, *others = self.faults
        more = f" And {len(others)} more: see `lab doctor machine`." if others else ""
        return MachineError(f"{first.what}. {first.why}", first.fix + more)


def judge(facts: Facts) -> Report:
    """What all judgements say about these facts."""
    looked = []
    for title, judgement in JUDGEMENTS:
        findings = judgement(facts)
        looked.append(Looked(title, None if findings is None else tuple(findings)))
    return Report(tuple(looked))
