"""MetalLB on a kind cluster: addresses for LoadBalancer Services, from the network Docker gave the nodes."""

import contextlib
import hashlib
import json
import tomllib
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import yaml

from servicelab.cluster import docker, kind_config, outside
from servicelab.cluster.base import MachineError, WaitedTooLong
from servicelab.cluster.bundle import Bundle
from servicelab.cluster.home import Home, write_private
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.cluster.machine.ask_docker import network_of_kind
from servicelab.cluster.rest import NOT_FOUND, Object, Refused, Rest

NAME = "metallb.toml"
MANAGER = "servicelab"
POOL = "pool"
SYSTEM = "metallb-system"
GROUP = f"/apis/metallb.io/v1beta1/namespaces/{SYSTEM}"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{SYSTEM}/deployments/controller"
SPEAKERS = f"/apis/apps/v1/namespaces/{SYSTEM}/daemonsets/speaker"
JUDGE = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/metallb-webhook-configuration"
ADDRESSES = 51
"""How many addresses a cluster gets."""
APART = 60
"""How far the ranges of clusters that share a network begin from each other."""
FROM_END = 55
"""How far before the network's last address the first cluster's range begins: .200-.250 of 172.18.255.0/24."""
LONGEST = 240.0
"""Seconds MetalLB gets to be there, on a machine that has to fetch its images."""


def manifest(home: Home, bundle: Bundle | None) -> bytes:
    """MetalLB's manifest: the bundle's, else the pinned release's. MachineError when neither is to be had."""
    path = None if bundle is None else bundle.metallb_manifest()
    if path is not None:
        return path.read_bytes()
    release = pinned()
    kept = home.cache / f"metallb-{release['sha256'][:16]}.yaml"
    if not kept.exists():
        write_private(kept, _fetched(release["url"], release["sha256"]))
    return kept.read_bytes()


def pinned() -> dict[str, Any]:
    """The release for those without a bundle: its version, url and sha256."""
    return tomllib.loads(kind_config.find_file(NAME).read_text())


def _fetched(address: str, digest: str) -> bytes:
    import httpx2

    try:
        with httpx2.Client(follow_redirects=True, timeout=60) as client:
            content: bytes = client.get(address).raise_for_status().content
    except httpx2.HTTPError as problem:
        raise MachineError(
            f"MetalLB's manifest could not be fetched from {address}: {problem}",
            "Check the internet connection, or name a bundle with `--bundle DIR`.",
        ) from problem
    if hashlib.sha256(content).hexdigest() != digest:
        raise MachineError(
            f"what {address} gave is not the expected file (its sha256 differs); it was thrown away",
            "Name a bundle with `--bundle DIR`.",
        )
    return content


def install(rest: Rest, text: bytes, addresses: str) -> None:
    """Apply the manifest and the pool; returns before MetalLB is there (see `configure`). May be done again."""
    paths: dict[str, dict[str, str]] = {}
    for document in yaml.safe_load_all(text):
        if document and document["kind"] == "ValidatingWebhookConfiguration":
            # From then on MetalLB judges its configuration itself, which is refused until it runs.
            with contextlib.suppress(Refused, KeyError):
                _apply_pool(rest, paths, addresses)
        if document and document["kind"] == "Deployment":
            document["spec"].setdefault("replicas", 1)  # what somebody scaled down comes back
        if document:
            look_early(document)
            _apply(rest, paths, document)


def look_early(document: Object) -> None:
    """Let the kubelet ask MetalLB's programs every second whether they are ready.

    The manifest has it wait for ten seconds first, a third of what a whole cluster takes.
    """
    template = document.get("spec", {}).get("template", {})
    for container in template.get("spec", {}).get("containers", []):
        if "readinessProbe" in container:
            container["readinessProbe"] |= {"initialDelaySeconds": 0, "periodSeconds": 1}


def configure(cluster: KindCluster, addresses: str) -> None:
    """Wait until MetalLB is there, and give it its pool and the order to announce it. May be done again."""
    paths: dict[str, dict[str, str]] = {}

    def is_configured() -> bool:
        # MetalLB judges its configuration itself: until its web hook answers, the API server refuses it.
        try:
            _apply_pool(cluster.rest, paths, addresses)
        except (Refused, KeyError):
            return False
        return True

    try:
        cluster.wait_until("MetalLB's controller and speakers to run", lambda: runs(cluster.rest), timeout=LONGEST)
        cluster.wait_until("MetalLB to take its pool of addresses", is_configured, timeout=LONGEST)
    except WaitedTooLong as problem:
        raise MachineError(str(problem), f"Look at what its Pods say: `kubectl get pods -n {SYSTEM}`.") from None


def reset(cluster: KindCluster, addresses: str) -> None:
    """Back to the one pool: what else was made of MetalLB's own kinds goes."""
    for path, resource in cluster.rest.resources():
        if path.startswith("/apis/metallb.io/") and {"list", "create"} <= set(resource["verbs"]):
            plural = resource["resource"]
            for found in cluster.rest.items(f"{path}/{plural}") if "status" not in plural else ():
                if found["metadata"]["name"] != POOL:
                    cluster.rest.send("DELETE", f"{path}/namespaces/{SYSTEM}/{plural}/{found['metadata']['name']}")
    configure(cluster, addresses)


def end(cluster: KindCluster) -> None:
    """End MetalLB's programs, and what judges its configuration; its kinds and its pool stay. May be done again."""
    for path in (JUDGE, DEPLOYMENT, SPEAKERS):
        try:
            cluster.rest.send("DELETE", path)
        except Refused as refusal:
            if refusal.code != NOT_FOUND:
                raise
    pods = f"/api/v1/namespaces/{SYSTEM}/pods"
    cluster.rest.send("DELETE", pods, query={"gracePeriodSeconds": "0"})
    cluster.wait_until("MetalLB's Pods to be gone", lambda: not cluster.rest.items(pods), timeout=LONGEST)


def _apply_pool(rest: Rest, paths: dict[str, dict[str, str]], addresses: str) -> None:
    _apply(rest, paths, _document("IPAddressPool", {"addresses": [addresses]}))
    _apply(rest, paths, _document("L2Advertisement", {"ipAddressPools": [POOL]}))


def _document(kind: str, spec: Object) -> Object:
    metadata = {"name": POOL, "namespace": SYSTEM}
    return {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def runs(rest: Rest) -> bool:
    """Whether MetalLB's controller and all its speakers are there."""
    try:
        deployment, speakers = rest.get(DEPLOYMENT).get("status", {}), rest.get(SPEAKERS).get("status", {})
    except Refused:
        return False
    wished = speakers.get("desiredNumberScheduled", 0)
    return bool(deployment.get("availableReplicas", 0) >= 1 and 0 < wished == speakers.get("numberReady", 0))


def _apply(rest: Rest, paths: dict[str, dict[str, str]], document: Object) -> None:
    """Server-side apply of one object; `paths` remembers the kinds' paths by apiVersion."""
    version, kind, metadata = document["apiVersion"], document["kind"], document["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    if kind not in paths.get(version, {}):
        found = rest.get(root)["resources"]
        paths[version] = {
            one["kind"]: ("namespaces/{}/" if one["namespaced"] else "") + one["name"]
            for one in found
            if "/" not in one["name"]
        }
    place = paths[version][kind].format(metadata.get("namespace", "default"))
    rest.send(
        "PATCH",
        f"{root}/{place}/{metadata['name']}",
        content=json.dumps(document).encode(),
        query={"fieldManager": MANAGER, "force": "true"},
        headers={"Content-Type": "application/apply-patch+yaml"},
    )


def choose_addresses(cluster: str) -> str:
    """A range for this cluster at the end of Docker's network for kind, beside those of other clusters there.

    Other clusters of labs tell theirs by a label of their outside client. Of a cluster that no lab made nothing is
    known: it is taken to have the first range, which most instructions for kind name.
    """
    clients = docker.containers(outside.LABEL)
    ours = {client.labels[outside.LABEL] for client in clients}
    taken = {client.labels.get(outside.POOL_LABEL, "") for client in clients if client.labels[outside.LABEL] != cluster}
    nodes = docker.containers(docker.NODE_LABEL)
    others = {node.labels[docker.NODE_LABEL] for node in nodes} - ours - {cluster}
    return free_range(_subnet(), taken, has_strangers=bool(others))


def free_range(subnet: IPv4Network, taken: set[str], *, has_strangers: bool = False) -> str:
    """The first free of the ranges that lie APART from each other, counted from the network's end.

    MachineError when the network is too small or all its ranges are taken.
    """
    for number in range(1 if has_strangers else 0, max(1, subnet.num_addresses // 2 // APART)):
        first = IPv4Address(int(subnet.broadcast_address) - FROM_END - number * APART)
        found = f"{first}-{first + ADDRESSES - 1}"
        if int(first) > int(subnet.network_address) + FROM_END and found not in taken:
            return found
    raise MachineError(
        f"Docker's network for kind ({subnet}) has no room for load balancer addresses",
        "Delete clusters you no longer need, or remove the network with `docker network rm kind` when none is left.",
    )


def _subnet() -> IPv4Network:
    network = network_of_kind()
    if network is None:
        raise MachineError(
            "Docker's network for kind is not there, or has no IPv4 addresses",
            "Start the cluster; else remove the network with `docker network rm kind` and make the cluster anew.",
        )
    return network.subnet
