"""Faults of a cluster that runs. Each function does one, lets the learner do what the lab tells, and says what came."""

from servicelab.cluster import docker, kind, metallb
from servicelab.cluster.progress import Silent
from tests.cluster.faults.scene import Scene, finding, is_ready, wait


def docker_does_not_answer(scene: Scene) -> str:
    """Docker is not running when a command is given; when it is back, the cluster is as it was."""
    scene.keep()
    proxy = scene.proxied()
    proxy.cut()
    try:
        said = finding(scene.lab("status"), "daemon does not answer")
        proxy.mend()
        scene.works("status")
    finally:
        scene.environment.clear()
        proxy.close()
    return f"{said}; then {is_ready(scene)}"


def the_kubeconfig_is_deleted(scene: Scene) -> str:
    """`start` writes it anew."""
    scene.keep()
    (scene.directory / "kubeconfig").unlink()
    assert "kubeconfig is gone" in scene.lab("status").stdout
    scene.works("start")
    return is_ready(scene)


def another_context_is_current(scene: Scene) -> str:
    """What the learner's kubectl points to is none of the lab's business."""
    scene.keep()
    file = scene.directory / "kubeconfig"
    before = file.read_text()
    scene.kubectl("config", "set-cluster", "elsewhere", "--server=https://127.0.0.1:1")
    scene.kubectl("config", "set-context", "elsewhere", "--cluster=elsewhere", f"--user=kind-{scene.name}")
    scene.kubectl("config", "use-context", "elsewhere")
    scene.environment["KUBECONFIG"] = str(scene.folder / "other")
    try:
        scene.works("status")
        return is_ready(scene)
    finally:
        scene.environment.clear()
        file.write_text(before)


def a_node_is_paused(scene: Scene) -> str:
    """`status` says so, `start` lets it go on."""
    return _paused(scene, "worker")


def the_control_plane_is_paused(scene: Scene) -> str:
    """The API server does not answer then; asking must not hang."""
    return _paused(scene, "control-plane")


def _paused(scene: Scene, which: str) -> str:
    scene.keep()
    docker.docker("pause", scene.node(which)).or_raise("not paused")
    try:
        assert f"{scene.node(which)} is paused" in scene.lab("status").stdout
        scene.works("start")
    finally:
        docker.docker("unpause", scene.node(which))
    return is_ready(scene)


def the_dns_pods_are_deleted(scene: Scene) -> str:
    """Kubernetes makes new ones; `start` waits for them."""
    scene.keep()
    scene.kubectl("-n", "kube-system", "delete", "pod", "-l", "k8s-app=kube-dns", "--wait=false")
    scene.works("start")
    return is_ready(scene)


def the_dns_deployment_is_deleted(scene: Scene) -> str:
    """`reset` puts it back."""
    scene.kubectl("-n", "kube-system", "delete", "deployment", "coredns")
    scene.works("reset")
    scene.keep()
    return is_ready(scene)


def metallb_is_scaled_to_nothing(scene: Scene) -> str:
    """Its web hook is not ready, so its pool cannot be put back: `reset` brings it back first."""
    scene.kubectl("-n", metallb.SYSTEM, "scale", "deployment", "controller", "--replicas=0")
    scene.kubectl("-n", metallb.SYSTEM, "wait", "--for=delete", "pod", "-l", "component=controller", "--timeout=60s")
    scene.works("reset")
    scene.keep()
    return is_ready(scene)


def the_client_outside_is_removed(scene: Scene) -> str:
    """`start` makes another."""
    scene.keep()
    docker.remove(f"{scene.name}-outside")
    assert "client outside does not run" in scene.lab("status").stdout
    scene.works("start")
    return is_ready(scene)


def a_web_hook_refuses_everything(scene: Scene) -> str:
    """A learner's own, of a Service that is not there: `reset` removes it before all else."""
    hook = {
        "metadata": {"name": "broken"},
        "webhooks": [
            {
                "name": "broken.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 2,
                "clientConfig": {"service": {"name": "nobody", "namespace": "default"}},
                "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}],
            }
        ],
    }
    cluster = scene.opened()
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    cluster.rest.send("POST", path, json=hook)
    cluster.close()
    scene.works("reset")
    scene.keep()
    return is_ready(scene)


def what_it_was_is_forgotten(scene: Scene) -> str:
    """Without the file that says what the cluster held, `reset` removes nothing and says why."""
    scene.keep()
    file = scene.directory / "pristine.json"
    away = file.rename(scene.folder / "pristine.json")
    try:
        said = finding(scene.lab("reset"), "no longer known")
    finally:
        away.rename(file)
    return f"{said}; then {is_ready(scene)}"


def the_record_is_damaged(scene: Scene) -> str:
    """A cluster of which nothing is known is taken for somebody else's and left alone."""
    scene.keep()
    file = scene.directory / "cluster.json"
    before = file.read_text()
    file.write_text(before[: len(before) // 2])
    try:
        said = finding(scene.lab("delete"), "was not made by this lab")
    finally:
        file.write_text(before)
    return f"{said}; then {is_ready(scene)}"


def two_starts_at_once(scene: Scene) -> str:
    """One waits for the other; both find it running."""
    scene.keep()
    both = [scene.begin("start"), scene.begin("start")]
    told = [one.communicate(timeout=600)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    return is_ready(scene)


def the_holder_of_the_lock_is_killed(scene: Scene) -> str:
    """A command that is killed holds nobody up."""
    scene.keep()
    first = scene.begin("start")
    wait("the lock", lambda: (scene.home.root / "locks" / f"{scene.name}-kind.lock").exists())
    first.kill()
    first.communicate()
    scene.works("start")
    return is_ready(scene)


def all_nodes_restart_in_another_order(scene: Scene) -> str:
    """As after a restart of Docker: every container stops, and they come back with each other's addresses."""
    scene.keep()
    nodes = [scene.node(which) for which in ("control-plane", "worker", "worker2")]
    before = _addresses(scene)
    docker.docker("kill", *nodes).or_raise("not killed")
    for node in reversed(nodes):
        docker.docker("start", node).or_raise("not started")
    after = _addresses(scene)
    scene.works("start")
    moved = sum(before[node] != after[node] for node in nodes)
    assert moved, "no address changed: this run shows nothing"
    return f"{is_ready(scene)} ({moved} of 3 addresses changed)"


def _addresses(scene: Scene) -> dict[str, str]:
    return {one.name: one.address for one in docker.containers(f"{docker.NODE_LABEL}={scene.name}")}


def all_nodes_are_killed(scene: Scene) -> str:
    """As when the power fails."""
    scene.keep()
    docker.docker("kill", *(scene.node(which) for which in ("control-plane", "worker", "worker2"))).or_raise("alive")
    assert "is stopped" in scene.lab("status").stdout
    scene.works("start")
    return is_ready(scene)


def a_worker_is_removed(scene: Scene) -> str:
    """No cluster can be without one: the lab says so, and how to begin anew. The last fault of a cluster."""
    docker.remove(scene.node("worker2"))
    assert "are gone" in scene.lab("status").stdout
    said = finding(scene.lab("start"), "are gone", "lab cluster delete")
    scene.works("delete")
    assert scene.containers() == []
    kind.delete(scene.home, scene.name, Silent())
    return said


CASES = [
    docker_does_not_answer,
    the_kubeconfig_is_deleted,
    another_context_is_current,
    what_it_was_is_forgotten,
    the_record_is_damaged,
    a_node_is_paused,
    the_control_plane_is_paused,
    the_client_outside_is_removed,
    two_starts_at_once,
    the_holder_of_the_lock_is_killed,
    a_web_hook_refuses_everything,
    the_dns_pods_are_deleted,
    the_dns_deployment_is_deleted,
    metallb_is_scaled_to_nothing,
    all_nodes_are_killed,
    all_nodes_restart_in_another_order,
    a_worker_is_removed,
]
