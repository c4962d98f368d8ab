"""Which nodes' machines are stopped. The store remembers it, but no API shows it: Kubernetes only finds out later."""

from servicelab.embedded.resources import NODES, STOPPED_NODES
from servicelab.embedded.store import Object, Store, copy_of

BOOT_SECONDS = 5.0
"""From the start of a machine until its kubelet reports, as measured on kind."""


class NoSuchNode(Exception):
    """There is no node of that name; says which there are."""

    def __init__(self, name: str, nodes: list[str]) -> None:
        super().__init__(f"there is no node {name}; the nodes are {', '.join(nodes)}")
        self.nodes = nodes


class IsControlPlane(Exception):
    """The control plane is not stopped: the API would be gone."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is the control plane: without it there is no API server, so nothing could be seen or changed any "
            "more, while the Pods on the other nodes went on as before; stop a worker instead"
        )


def is_on(store: Store, node: str) -> bool:
    """Whether the node's machine runs: its kubelet, its kube-proxy, its Pods."""
    return store.get(STOPPED_NODES, "", node) is None


def stopped_nodes(store: Store) -> frozenset[str]:
    """The names of the nodes whose machines are stopped."""
    return frozenset(one["metadata"]["name"] for one in store.objects(STOPPED_NODES))


def stop(store: Store, name: str) -> None:
    """Stop a node's machine; nothing happens when it is stopped. Raises NoSuchNode and IsControlPlane."""
    node = _check(store, name)
    if "node-role.kubernetes.io/control-plane" in node["metadata"].get("labels", {}):
        raise IsControlPlane(name)
    stopped = store.get(STOPPED_NODES, "", name)
    if stopped is None:
        store.create(STOPPED_NODES, {"metadata": {"name": name}})
    elif starts_at(stopped) is not None:
        store.update(STOPPED_NODES, {**copy_of(stopped), "startsAt": None})


def start(store: Store, name: str) -> None:
    """Start a node's machine again; nothing happens when it runs. Raises NoSuchNode."""
    _check(store, name)
    stopped = store.get(STOPPED_NODES, "", name)
    if stopped is not None and starts_at(stopped) is None:
        store.update(STOPPED_NODES, {**copy_of(stopped), "startsAt": store.clock.now() + BOOT_SECONDS})


def starts_at(stopped: Object) -> float | None:
    """When a stopped node will be on again, in seconds since 1970; None when nobody has started it."""
    moment: float | None = stopped.get("startsAt")
    return moment


def _check(store: Store, name: str) -> Object:
    node = store.get(NODES, "", name)
    if node is None:
        raise NoSuchNode(name, [one["metadata"]["name"] for one in store.objects(NODES)])
    return node
