"""The environment and the files that kubelet gives a container."""

from collections.abc import Iterator, Mapping
from typing import Any

from servicelab.embedded.resources import CONFIG_MAPS, SERVICES
from servicelab.embedded.store import Object, Store
from servicelab.network.names import CLUSTER_DOMAIN, NDOTS, search_path

PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOSTS_HEAD = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
"""


def containers_of(pod: Object) -> list[dict[str, Any]]:
    """A Pod's containers and its init containers, whose names differ."""
    return [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]


def service_variables(store: Store, pod: Object, started: float) -> dict[str, str]:
    """The variables for the Services there are when the container starts: its namespace's, and `kubernetes`.

    Headless and ExternalName Services give none; `enableServiceLinks: false` leaves `kubernetes` only.
    """
    namespace = pod["metadata"]["namespace"]
    variables: dict[str, str] = {}
    linked = pod["spec"].get("enableServiceLinks", True)
    for service in store.objects(SERVICES):
        metadata = service["metadata"]
        kubernetes = (metadata["namespace"], metadata["name"]) == ("default", "kubernetes")
        if kubernetes or (linked and metadata["namespace"] == namespace):
            variables |= dict(_variables_of(service))
    return variables


def _variables_of(service: Object) -> Iterator[tuple[str, str]]:
    spec = service["spec"]
    address = spec.get("clusterIP")
    ports = spec.get("ports") or ()
    if not address or address == "None" or not ports:
        return
    name = _upper(service["metadata"]["name"])
    yield f"{name}_SERVICE_HOST", address
    yield f"{name}_SERVICE_PORT", str(ports[0]["port"])
    for port in ports:
        if port.get("name"):
            yield f"{name}_SERVICE_PORT_{_upper(port['name'])}", str(port["port"])
    first = ports[0]
    yield f"{name}_PORT", f"{first.get('protocol', 'TCP').lower()}://{address}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol", "TCP")
        prefix = f"{name}_PORT_{port['port']}_{protocol}"
        yield prefix, f"{protocol.lower()}://{address}:{port['port']}"
        yield f"{prefix}_PROTO", protocol.lower()
        yield f"{prefix}_PORT", str(port["port"])
        yield f"{prefix}_ADDR", address


def _upper(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def environment(store: Store, pod: Object, container: str, services: Mapping[str, str]) -> dict[str, str]:
    """All variables of a container, in the order a program sees them."""
    variables = {"PATH": PATH, "HOSTNAME": hostname(pod)}
    for one in containers_of(pod):
        if one["name"] == container:
            for entry in one.get("env") or ():
                value = _value(store, pod, entry)
                if value is not None:
                    variables[entry["name"]] = value
    for name, value in services.items():
        variables.setdefault(name, value)
    variables.setdefault("HOME", "/")
    return variables


def _value(store: Store, pod: Object, entry: Mapping[str, Any]) -> str | None:
    source = entry.get("valueFrom")
    if not source:
        return str(entry.get("value", ""))
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "configMapKeyRef" in source:
        reference = source["configMapKeyRef"]
        found = store.get(CONFIG_MAPS, pod["metadata"]["namespace"], reference["name"]) or {}
        value = (found.get("data") or {}).get(reference["key"])
        return None if value is None else str(value)
    return None


def _field(pod: Object, path: str) -> str | None:
    if path.startswith(("metadata.labels['", "metadata.annotations['")):
        group, _, rest = path.removeprefix("metadata.").partition("['")
        value = (pod["metadata"].get(group) or {}).get(rest.rstrip("']"), "")
        return str(value)
    if path == "status.hostIP":
        return str(pod.get("status", {}).get("hostIP", ""))
    value = pod
    for step in path.split("."):
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return str(value) if isinstance(value, str | int | bool) else None


def hostname(pod: Object) -> str:
    """The hostname a Pod's containers have."""
    spec = pod["spec"]
    name = spec.get("nodeName", "") if spec.get("hostNetwork") else spec.get("hostname") or pod["metadata"]["name"]
    return str(name)[:63]


def files(pod: Object) -> dict[str, str]:
    """The files kubelet writes for a container, by path."""
    namespace = pod["metadata"]["namespace"]
    name = hostname(pod)
    address = pod.get("status", {}).get("podIP", "")
    full = f"{name}.{pod['spec']['subdomain']}.{namespace}.svc.{CLUSTER_DOMAIN}\t" if "subdomain" in pod["spec"] else ""
    search = " ".join(search_path(namespace))
    return {
        "/etc/resolv.conf": f"search {search}\nnameserver 10.96.0.10\noptions ndots:{NDOTS}\n",
        "/etc/hosts": f"{HOSTS_HEAD}{address}\t{full}{name}\n",
        "/etc/hostname": f"{name}\n",
    }
