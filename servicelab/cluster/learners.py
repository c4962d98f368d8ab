"""A kubeconfig for somebody who is to work in one namespace of a shared cluster and see nothing of the others.

The login is that of a ServiceAccount in the namespace, so deleting the ServiceAccount or the namespace ends it. It may
do there what Kubernetes' ClusterRole `admin` allows.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from servicelab.cluster.embedded_cluster import EmbeddedCluster
from servicelab.cluster.home import write_private
from servicelab.cluster.kind_cluster import KindCluster
from servicelab.cluster.rest import Refused, Rest

ACCOUNT = "learner"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ALREADY_EXISTS = 409
GOOD_FOR_SECONDS = 365 * 24 * 3600
RBAC = "rbac.authorization.k8s.io"


def kubeconfig_for(cluster: EmbeddedCluster | KindCluster, namespace: str) -> Path:
    """Write (0600) and return the kubeconfig of one namespace, which is made when it is not there.

    A file that is there and still works stays as it is. ValueError when no namespace can be called so; MachineError
    when the cluster does not answer.
    """
    if not NAME.fullmatch(namespace):
        raise ValueError(f"“{namespace}” is no name for a namespace; use lower-case letters, digits and -")
    assert cluster.kubeconfig is not None
    path = cluster.kubeconfig.with_name(f"{cluster.kubeconfig.name}-{namespace}")
    login = yaml.safe_load(cluster.kubeconfig.read_text())
    if not _works(path, login["clusters"][0]):
        _make(cluster.rest, "/api/v1/namespaces", {"metadata": {"name": namespace}})
        _make(cluster.rest, f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": ACCOUNT}})
        token = (
            _token_of_embedded(cluster.rest, namespace) if cluster.kind == "embedded" else _token(cluster, namespace)
        )
        write_private(path, json.dumps(_kubeconfig(login["clusters"][0], namespace, token), indent=2) + "\n")
    return path


def _kubeconfig(cluster: dict[str, Any], namespace: str, token: str) -> dict[str, Any]:
    name = f"{cluster['name']}-{namespace}"
    context = {"cluster": cluster["name"], "user": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
    }


def _works(path: Path, cluster: dict[str, Any]) -> bool:
    """Whether a file made earlier still lets its user into this cluster."""
    from lightkube.config.kubeconfig import KubeConfig

    if not path.exists() or yaml.safe_load(path.read_text())["clusters"][0] != cluster:
        return False
    config = KubeConfig.from_file(path).get()
    assert config is not None
    rest = Rest(config)
    try:
        rest.get("/api")
    except Refused:
        return False
    finally:
        rest.close()
    return True


def _make(rest: Rest, path: str, body: dict[str, Any]) -> None:
    """Create an object unless it is there."""
    try:
        rest.send("POST", path, json=body)
    except Refused as refusal:
        if refusal.code != ALREADY_EXISTS:
            raise


def _token_of_embedded(rest: Rest, namespace: str) -> str:
    body = {"namespace": namespace, "serviceAccount": ACCOUNT}
    return str(rest.send("POST", "/lab/v1/tokens", json=body).json()["token"])


def _token(cluster: EmbeddedCluster | KindCluster, namespace: str) -> str:
    """Let the ServiceAccount do things in its namespace, and ask Kubernetes for a token."""
    account = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}
    binding = {
        "metadata": {"name": ACCOUNT},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "admin"},
        "subjects": [account],
    }
    _make(cluster.rest, f"/apis/{RBAC}/v1/namespaces/{namespace}/rolebindings", binding)
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{ACCOUNT}/token"
    wish = {"spec": {"expirationSeconds": GOOD_FOR_SECONDS}}
    return str(cluster.rest.send("POST", path, json=wish).json()["status"]["token"])
