"""Faults on a kind cluster's nodes while a state's flows are asked, mended afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from servicelab.cluster.kind_faults import rules_of, sources_of, write_rules
from servicelab.network.faults import Faults


@contextmanager
def faulty(faults: Faults, nodes: list[dict[str, Any]], run: Callable[..., str]) -> Iterator[None]:
    """Make the faults; the Kubernetes API is not told. A node that was stopped is started again and waited for."""
    sources = {node["metadata"]["name"]: list(sources_of(node)) for node in nodes}
    rules = {node: found for node in sources if (found := list(rules_of(node, faults, sources)))}
    try:
        for node, lines in rules.items():
            write_rules(node, lines)
        for node in faults.stopped:
            run("docker", "stop", "--time=1", node)
        yield
    finally:
        for node in rules:
            write_rules(node, [])
        for node in faults.stopped:
            run("docker", "start", node)
            run("kubectl", "wait", "--for=condition=Ready=false", f"node/{node}", "--timeout=100s", check=False)
            run("kubectl", "wait", "--for=condition=Ready", f"node/{node}", "--timeout=150s")
