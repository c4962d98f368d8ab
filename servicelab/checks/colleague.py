"""What a colleague makes in a transfer item: a manifest's text from its values."""

import yaml

from servicelab.cluster.images import WORKLOAD


def colleagues_service(
    name: str,
    namespace: str,
    *,
    app: str | None = None,
    port: int | None = None,
    target: int | str | None = None,
    **fields: object,
) -> str:
    """A Service that selects `app` and leads from `port` to `target`; `fields` are further ones of its spec."""
    spec: dict[str, object] = dict(fields)
    if app is not None:
        spec["selector"] = {"app": app}
    if port is not None:
        spec["ports"] = [{"port": port, "targetPort": port if target is None else target}]
    metadata = {"name": name, "namespace": namespace}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    return yaml.safe_dump(service, sort_keys=False)


def colleagues_pod(name: str, namespace: str, *, app: str, port: int) -> str:
    """A Pod with the label `app` whose program listens at `port`."""
    container = {"name": "server", "image": WORKLOAD, "args": ["netexec", f"--http-port={port}"]}
    metadata = {"name": name, "namespace": namespace, "labels": {"app": app}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    return yaml.safe_dump(pod, sort_keys=False)
