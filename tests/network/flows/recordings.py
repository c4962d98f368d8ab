"""The recorded flows, each with the state of the cluster they were asked on."""

import json
from pathlib import Path
from typing import Any

from servicelab.network.faults import Faults
from servicelab.network.state import ClusterState

FOLDER = Path(__file__).parent / "recorded"
RECORDED = sorted(FOLDER.glob("**/*.json"))


def named(path: Path) -> str:
    """A record as tests call it: `clusterip`, `nftables/clusterip`."""
    return str(path.relative_to(FOLDER).with_suffix(""))


def read(path: Path) -> tuple[dict[str, Any], ClusterState]:
    """A record, and the model's state of its objects and faults."""
    record = json.loads(path.read_text())
    faults = Faults.from_json(record.get("faults", {}))
    outside = {"outside_address": record["outside_address"], "outside_ipv6": record.get("outside_ipv6")}
    return record, ClusterState.from_objects(record["objects"], faults=faults, **outside)
