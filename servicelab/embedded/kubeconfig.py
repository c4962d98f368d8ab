"""The kubeconfig of an embedded cluster."""

import base64
import json

from servicelab.embedded.certificates import USER, Certificates


def context_name(cluster_name: str) -> str:
    """What kubectl calls the cluster: `lab-embedded` for the one named `lab`."""
    return f"{cluster_name}-embedded"


def kubeconfig(cluster_name: str, server: str, certificates: Certificates) -> bytes:
    """A kubeconfig with one context, as JSON, which is YAML too. The user logs in with its client certificate."""
    name = context_name(cluster_name)
    cluster = {"server": server, "certificate-authority-data": _encoded(certificates.authority.read_bytes())}
    user = {
        "client-certificate-data": _encoded(certificates.client.read_bytes()),
        "client-key-data": _encoded(certificates.client_key.read_bytes()),
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": f"{name}-{USER}", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-{USER}"}}],
        "current-context": name,
    }
    return json.dumps(config, indent=2).encode() + b"\n"


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
