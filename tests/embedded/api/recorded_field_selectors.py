"""Which fields a selector may name, kind by kind: python -m tests.embedded.api.recorded_field_selectors KUBECONFIG."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servicelab.embedded.resources import RESOURCES

RECORD = Path(__file__).parent / "recorded_field_selectors.json"
FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "spec.colour",
    "spec.clusterIP",
    "spec.nodeName",
    "spec.type",
    "status.phase",
    "status.replicas",
    "status.successful",
    "type",
    "reason",
    "spec.unschedulable",
)


def ask(send: Callable[[str], tuple[int, Any]]) -> dict[str, str]:
    """Per kind and field: what is refused with, or nothing."""
    found = {}
    for resource in RESOURCES:
        prefix = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
        for field in FIELDS:
            code, answer = send(f"{prefix}/{resource.plural}?fieldSelector={field}=x")
            found[f"{resource.qualified} {field}"] = "" if code == 200 else answer["message"]
    return found


def main(kubeconfig: str) -> None:
    """Record kind."""
    from tests.embedded.admission.record import Cluster

    cluster = Cluster(Path(kubeconfig))
    answers = ask(lambda path: cluster.send("GET", path)[:2])
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    text = json.dumps({"kubernetes": version, "answers": answers}, indent=1, sort_keys=True)
    RECORD.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
