"""Records a node's `iptables-save` on a real kind cluster: `python -m tests.network.rules.record_saved NODE`.

Needs KUBECONFIG of a kind cluster and docker. Writes saved.json: the cluster's Nodes, Namespaces, Services and
EndpointSlices, and the node's tables filter and nat. Record it while nothing changes and a few Services of several
types stand there.
"""

import argparse
import json
from pathlib import Path

from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster.rest import Rest
from servicelab.network.saved_rules import TABLES
from servicelab.tracing.reading import LISTS
from tests.network.flows import record

FILE = Path(__file__).parent / "saved.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("node")
    node = parser.parse_args().node
    rest = Rest(KubeConfig.from_env().get())
    objects = []
    for path in LISTS[:4]:
        found = rest.get(path)
        for one in found["items"]:
            kept = {key: value for key, value in one.items() if key in record.KEPT_PARTS}
            kept["metadata"] = {k: v for k, v in one["metadata"].items() if k not in record.DROPPED_METADATA}
            if "images" in kept.get("status", {}):
                kept["status"] = {key: kept["status"][key] for key in ("addresses", "conditions")}
            kept["kind"] = found["kind"].removesuffix("List")
            objects.append(kept)
    tables = {table: record.command("docker", "exec", node, "iptables-save", "-t", table) for table in TABLES}
    whole = {"recorded_on": record.versions(), "node": node, "objects": objects, "tables": tables}
    FILE.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
