"""What a submission may do on a cluster that others use too: its kinds, in its namespaces, and nothing else.

The embedded cluster that grades a submission is thrown away with it, so nothing is confined there.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.config.models import User
from lightkube.core.resource import api_info
from lightkube.core.resource_registry import resource_registry

from servicelab.cluster.base import Capability, Cluster, MachineError
from servicelab.cluster.lock import held

ACCOUNT = "submission"
MARK = "/api/v1/namespaces/kube-system/configmaps/servicelab"
"""What the lab writes into a real cluster when it has made it."""
RBAC = "rbac.authorization.k8s.io"
VERBS = ["get", "create", "patch"]
TOKEN_SECONDS = 3600
QUOTA = {
    "pods": "40",
    "services": "20",
    "services.nodeports": "20",
    "services.loadbalancers": "5",
    "configmaps": "40",
    "secrets": "20",
    "persistentvolumeclaims": "0",
    "count/deployments.apps": "20",
    "count/jobs.batch": "20",
}
"""More than any exercise asks for, and little enough that a laptop bears it."""
PROPAGATION = 15.0
"""Seconds the API server may take to know a new right."""


def mark(cluster: Cluster) -> None:
    """Write into a cluster that the lab made it."""
    if cluster.rest.find(MARK) is None:
        namespaced, _, name = MARK.rpartition("/")
        cluster.rest.send("POST", namespaced, json={"metadata": {"name": name}, "data": {"cluster": cluster.name}})


def check_ours(cluster: Cluster) -> None:
    """MachineError when this is a real cluster that no lab made: nothing is written to it."""
    if _is_real(cluster) and cluster.rest.find(MARK) is None:
        raise MachineError(
            f"the cluster behind {cluster.kubeconfig} was not made by this lab, so nothing is written to it",
            "Start one of the lab's own: `lab cluster start`.",
        )


@contextmanager
def alone_with(cluster: Cluster, things: Sequence[str]) -> Iterator[None]:
    """Hold what the whole cluster has only once (node ports, objects without a namespace) against other runs."""
    if not things or cluster.kubeconfig is None:
        yield
        return
    first, *others = sorted(things)
    with held(cluster.kubeconfig.with_name(f"{first}.lock"), lambda: None), alone_with(cluster, others):
        yield


def confined(cluster: Cluster, namespaces: Sequence[str], kinds: Sequence[str], pod_security: str) -> Client:
    """A client for a submission's manifests; the namespaces, which are there, get limits.

    It may read and write objects of these kinds (`apiVersion/kind`) in these namespaces. Their Pods must meet Pod
    Security `pod_security` (`baseline` or `restricted`), and there may be only so many of each kind.
    """
    if not _is_real(cluster):
        return cluster.api
    home = namespaces[0]
    _make(cluster, f"/api/v1/namespaces/{home}/serviceaccounts", {"metadata": {"name": ACCOUNT}})
    rules = [_rule(*kind.rpartition("/")[::2]) for kind in kinds]
    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": home}
    reference = {"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT}
    for namespace in namespaces:
        rights = f"/apis/{RBAC}/v1/namespaces/{namespace}"
        _make(cluster, f"{rights}/roles", {"metadata": {"name": ACCOUNT}, "rules": rules})
        binding = {"metadata": {"name": ACCOUNT}, "roleRef": reference, "subjects": [subject]}
        _make(cluster, f"{rights}/rolebindings", binding)
        quota = {"metadata": {"name": ACCOUNT}, "spec": {"hard": QUOTA}}
        _make(cluster, f"/api/v1/namespaces/{namespace}/resourcequotas", quota)
        labels = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": pod_security}}}
        merge = {"Content-Type": "application/merge-patch+json"}
        cluster.rest.send("PATCH", f"/api/v1/namespaces/{namespace}", json=labels, headers=merge)
    cluster.wait_until("the submission's rights", lambda: _is_allowed(cluster, namespaces, rules), timeout=PROPAGATION)
    return _client(cluster, home)


def _is_real(cluster: Cluster) -> bool:
    return Capability.REAL_TRAFFIC in cluster.capabilities


def _rule(version: str, kind: str) -> dict[str, list[str]]:
    group = version.rpartition("/")[0]
    plural = api_info(resource_registry.load(version, kind)).plural
    return {"apiGroups": [group], "resources": [plural], "verbs": VERBS}


def _make(cluster: Cluster, path: str, body: Mapping[str, object]) -> None:
    cluster.rest.send("POST", path, json=body)


def _is_allowed(cluster: Cluster, namespaces: Sequence[str], rules: Sequence[dict[str, list[str]]]) -> bool:
    user = f"system:serviceaccount:{namespaces[0]}:{ACCOUNT}"
    for namespace in namespaces:
        asked = {"namespace": namespace, "verb": "create", "group": rules[-1]["apiGroups"][0]}
        spec = {"user": user, "resourceAttributes": {**asked, "resource": rules[-1]["resources"][0]}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        if not cluster.rest.send("POST", path, json={"spec": spec}).json()["status"]["allowed"]:
            return False
    return True


def _client(cluster: Cluster, namespace: str) -> Client:
    assert cluster.kubeconfig is not None
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{ACCOUNT}/token"
    asked = cluster.rest.send("POST", path, json={"spec": {"expirationSeconds": TOKEN_SECONDS}})
    administrator = KubeConfig.from_file(cluster.kubeconfig).get()
    assert administrator is not None
    user = User(token=asked.json()["status"]["token"])
    return Client(config=KubeConfig.from_one(cluster=administrator.cluster, user=user), trust_env=False)
