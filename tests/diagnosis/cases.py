"""The corpus: every breakage on each of its bases, two at once where both can be, and healthy clusters."""

from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from servicelab.diagnosis import catalogue
from tests.diagnosis import healthy
from tests.diagnosis.breakages import ENDPOINTS, ORDER, PROGRAM, READY, TARGET_PORT, WAY, Breakage
from tests.diagnosis.clusters import BASES
from tests.network.flows.states import Json, State

ENDPOINT_CAUSES = ("selector-matches-nothing", "pods-elsewhere")


@dataclass(frozen=True)
class Case:
    """A cluster, what is asked there, and the cause that must be named: none when nothing is broken."""

    name: str
    cause: str
    objects: list[Json]
    breakages: tuple[Breakage, ...] = ()
    asks: str = ""

    @property
    def state(self) -> State:
        """What the flows' builder and its placeholders need of it."""
        return State(f"doctor-{crc32(self.name.encode()):08x}", "", self.objects, [])

    @property
    def only_embedded(self) -> bool:
        return any(one.only_embedded for one in self.breakages)

    @property
    def only_kind(self) -> bool:
        return any(one.only_kind for one in self.breakages)

    @property
    def corrected(self) -> tuple[str, ...]:
        return tuple(value for one in self.breakages for value in one.corrected)


def singles() -> list[Case]:
    found = []
    for number, breakage in enumerate(one for group in ORDER for one in group):
        for base in breakage.bases:
            found.append(_broken(f"{number}-{base}-{breakage.cause}", base, breakage))
    return found


def mixtures() -> list[Case]:
    """Two breakages of one cluster; the one whose hop comes first must be named.

    Of each stage those that change different things are taken with those of all later stages.
    """
    first = {
        "endpoints": [one for one in ENDPOINTS if one.cause in ENDPOINT_CAUSES],
        "ready": [one for one in READY if one.cause in ("pod-image", "readiness-probe-fails", "pod-pending")],
        "targetPort": [one for one in TARGET_PORT if one.cause == "target-port-silent"],
        "program": [one for one in PROGRAM if one.cause == "program-opens-no-port"],
        "way": [one for one in WAY if one.cause in ("policy-denies-all", "policy-ingress") and not one.asks],
    }
    found: dict[str, Case] = {}
    groups = list(first.values())
    for index, group in enumerate(groups):
        for later in groups[index + 1 :]:
            for one, other in ((a, b) for a in group for b in later):
                for base in sorted({*one.bases} & {*other.bases})[-2:]:
                    if other.cause == "program-opens-no-port" and one.cause not in ENDPOINT_CAUSES:
                        continue  # without any port, a probe and a target port are wrong for another reason
                    name = f"{base}-{one.cause}-and-{other.cause}"
                    found.setdefault(name, _broken(name, base, one, other))
    return list(found.values())


def _broken(name: str, base: str, *breakages: Breakage) -> Case:
    objects = BASES[base]()
    for one in breakages:
        one.change(objects)
    return Case(name, breakages[0].cause, objects, breakages, breakages[0].asks)


def well() -> list[Case]:
    return [Case(f"healthy-{name}", "", objects, asks=asks) for name, objects, asks in healthy.clusters()]


BROKEN = [*singles(), *mixtures()]
HEALTHY = well()


def stages_are_in_order() -> bool:
    """Whether the corpus has the order of the way as the catalogue has it."""
    stages = [list(dict.fromkeys(catalogue()[one.cause].stage for one in group)) for group in ORDER]
    return all(before != after for before, after in pairwise(stages))
