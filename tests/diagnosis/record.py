"""Records the broken clusters on a real kind cluster: `python -m tests.diagnosis.record KUBECONFIG NAME [CASE…]`.

NAME is the cluster's (its client outside is the container NAME-outside); it needs MetalLB. Every breakage that touches
only its own namespaces is made once, asked, and removed again; where a diagnosis looks closer, what it saw is kept.
"""

import argparse
import json
from pathlib import Path

from servicelab.cluster.base import WaitedTooLong
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.network.places import Outside
from servicelab.tracing.diagnosing import examine, look_closer, read_snapshot
from servicelab.tracing.reading import read_objects
from tests.diagnosis import playing
from tests.diagnosis.cases import BROKEN, Case
from tests.diagnosis.recordings import COMMON, FOLDER, seen_json, slim
from tests.network.flows.placeholders import Names
from tests.network.flows.record import address_of

AT_ONCE = 8
"""Clusters that stand side by side."""
SYSTEM = ("default", "kube-system", "metallb-system")


class WithClient(KindCluster):
    """A kind cluster that the lab did not make, so that its client outside is known by its container's name only."""

    def outside_address(self) -> str:
        return address_of(f"{self.name}-outside")


def for_kind() -> list[Case]:
    """Each breakage once, on its first base, and those that only kind can show on all; then some mixtures."""
    found: dict[object, Case] = {}
    for case in BROKEN:
        is_possible = not any(one.only_embedded or one.seen or one.drops for one in case.breakages)
        if is_possible and len(case.breakages) == 1:
            only = case.breakages[0].only_kind
            found.setdefault(case.name if only else id(case.breakages[0]), case)
    mixed = [case for case in BROKEN if len(case.breakages) == 2 and not case.only_embedded]
    return [*found.values(), *mixed[::6]]


def record_common(cluster: KindCluster) -> None:
    """Nodes, and what is in the namespaces of the system."""
    kept = [
        slim(one)
        for one in read_objects(cluster, ["/apis/metallb.io/v1beta1/ipaddresspools"])
        if one["metadata"].get("namespace", "default") in SYSTEM
        and (one["kind"] != "Namespace" or one["metadata"]["name"] in SYSTEM)
        and (one["kind"] != "Pod" or "k8s-app" in one["metadata"].get("labels", {}))
    ]
    told = {
        "recorded_on": cluster.describe_version(),
        "proxy_mode": "iptables",
        "outside_address": cluster.outside_address(),
        "objects": kept,
    }
    FOLDER.mkdir(exist_ok=True)
    COMMON.write_text(json.dumps(told, indent=1) + "\n")


def record(cluster: KindCluster, case: Case, names: Names) -> str:
    """Keep one case; returns what the diagnosis was."""
    snapshot = read_snapshot(cluster, names.space)
    found = examine(cluster, snapshot, playing.asked(snapshot, case, names))
    assert found is not None
    question = found.question
    seen = found.seen
    if not seen.direct and question.target is not None and not isinstance(question.source, Outside):
        seen = look_closer(cluster, snapshot, question, seen, 2.0)
    spaces = (names.space, names.other)
    own = [one for some in snapshot.objects.values() for one in some
           if one["metadata"].get("namespace") in spaces or one["metadata"]["name"] in spaces]  # fmt: skip
    asked = {"source": str(question.source), "service": question.service,
             "target": str(question.target) if question.target else None}  # fmt: skip
    told = {"name": case.name, "cause": case.cause, "question": asked, "seen": seen_json(seen),
            "objects": [slim(one) for one in own]}  # fmt: skip
    (FOLDER / f"{case.name}.json").write_text(json.dumps(told, separators=(",", ":")) + "\n")
    return found.finding.cause if found.finding else f"none ({found.unclear})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kubeconfig", type=Path)
    parser.add_argument("name")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cluster = WithClient(options.name, options.kubeconfig, f"{options.name}-outside", has_load_balancer=True)
    record_common(cluster)
    wanted = [case for case in for_kind() if not options.cases or case.name in options.cases]
    for start in range(0, len(wanted), AT_ONCE):
        cases = wanted[start : start + AT_ONCE]
        every: list[Names] = []
        try:
            every = playing.build(cluster, cases)
            for case, names in zip(cases, every, strict=True):
                said = record(cluster, case, names)
                print(f"{'ok' if said == case.cause else 'XX'} {case.name}: {said}", flush=True)
        except WaitedTooLong as problem:
            print(f"!! {problem}", flush=True)
        finally:
            playing.remove_all(cluster, cases)
    cluster.close()


if __name__ == "__main__":
    main()
