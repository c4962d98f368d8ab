"""The kubelets of all nodes: they run the Pods that are bound to them, and stop those that are deleted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers import node_boot, pod_status
from servicelab.embedded.controllers.addresses import PodAddresses
from servicelab.embedded.controllers.container_run import NOTICED_AFTER, ContainerRun
from servicelab.embedded.controllers.containers import ContainerKeeper
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.node_power import is_on
from servicelab.embedded.controllers.objects import Key, is_deleted, is_ended, key_of
from servicelab.embedded.controllers.programs import Programs
from servicelab.embedded.controllers.volumes import FIRST_PAUSE, LONGEST_PAUSE, missing_files
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import NODES, PODS, STOPPED_NODES
from servicelab.embedded.store import Change, ChangeKind, Object, copy_of

OVER_DEADLINE = "Pod was active on the node longer than the specified deadline"
NETWORK_AFTER = 1.0
"""Seconds from binding to running: what it takes here on kind when the image is on the node."""


@dataclass
class PodRun:
    """What the kubelet remembers of a Pod."""

    network_due: float
    containers: dict[str, ContainerRun] = field(default_factory=dict)
    stop_grace: float | None = None
    stop_deadline: float = 0.0
    stop_told: float = 0.0
    end_told_at: float | None = None
    idle_until: float = 0.0
    mount_pause: float = 0.0


class Kubelet:
    """Runs Pods. What it does follows from the Pod's status and from the little it remembers in `PodRun`."""

    name = "kubelet"

    def __init__(self, work: Work, recorder: Recorder, programs: Programs) -> None:
        self._work, self._store, self._recorder = work, work.store, recorder
        self._keeper = ContainerKeeper(work, recorder, programs)
        self._addresses = PodAddresses()
        self._runs: dict[str, PodRun] = {}
        self._lost: set[str] = set()
        for pod in self._store.objects(PODS):
            self._note_address(pod)
            if not is_on(self._store, pod["spec"].get("nodeName", "")):
                self._lost.add(pod["metadata"]["uid"])

    def keys_for(self, change: Change) -> Iterable[Key]:
        """Pods that are bound to a node; those of a node that stops or starts."""
        if change.resource is STOPPED_NODES:
            return [key_of(pod) for pod in self._pods_of_stopped(change)]
        if change.resource is not PODS or not change.object["spec"].get("nodeName"):
            return []
        if change.kind is ChangeKind.DELETED:
            self._forget(change.object["metadata"]["uid"])
            return []
        return [key_of(change.object)]

    def reconcile(self, key: Key) -> None:
        """Do what is due for one Pod, write its status, ask to be called again."""
        stored = self._store.get(PODS, *key)
        if stored is None or not stored["spec"].get("nodeName") or not is_on(self._store, stored["spec"]["nodeName"]):
            return
        uid = stored["metadata"]["uid"]
        if is_ended(stored):
            self._forget(uid)
            if is_deleted(stored):
                self._remove(stored)
            return
        if uid in self._lost:
            stored = self._begin_again(stored)
        run = self._runs.get(uid)
        if run is None:
            run = self._runs[uid] = self._first_sight(stored)
        if run.idle_until > self._store.clock.now():
            self._work.add_at(self.name, key, run.idle_until)
            return
        pod = copy_of(stored)
        ends_at = _deadline(pod)
        if is_deleted(pod):
            due, is_over = self._stop(pod, run, float(pod["metadata"].get("deletionGracePeriodSeconds", 0)))
        elif ends_at is not None and ends_at <= self._store.clock.now():
            due, is_over = self._exceed(pod, run), False
        else:
            due, is_over = self._run(pod, run), False
        written = self._store.update(PODS, pod) if pod != stored else stored
        if is_over:
            self._remove(written)
        elif due is not None and due <= self._store.clock.now():
            # Probes come after the status says that the container runs: programs answer only then.
            self._work.add(self.name, key)
        elif due is not None:
            self._work.add_at(self.name, key, due)

    def _pods_of_stopped(self, change: Change) -> list[Object]:
        node = change.object["metadata"]["name"]
        pods = [pod for pod in self._store.objects(PODS) if pod["spec"].get("nodeName") == node]
        if change.kind is not ChangeKind.DELETED:
            self._lost |= {pod["metadata"]["uid"] for pod in pods}
        return pods

    def _begin_again(self, pod: Object) -> Object:
        """The node was off: nothing runs of what ran, and the Pod's network is gone."""
        uid, now = pod["metadata"]["uid"], self._store.clock.now()
        self._lost.discard(uid)
        before, again = self._runs.get(uid), copy_of(pod)
        self._forget(uid)
        if "containerStatuses" not in again["status"]:
            return pod
        known = before.containers if before is not None else {}
        node_boot.lose_containers(again, timestamp(now), {name: run.life.stop_message for name, run in known.items()})
        names = [status["name"] for status in again["status"]["containerStatuses"]]
        run = self._runs[uid] = PodRun(now + NETWORK_AFTER, {name: ContainerRun(start_due=now) for name in names})
        if is_deleted(pod):
            run.idle_until = now + node_boot.CLEARED_AFTER
        else:
            message, host = "Pod sandbox changed, it will be killed and re-created.", pod["spec"]["nodeName"]
            self._recorder.record("kubelet", PODS, pod, NORMAL, "SandboxChanged", message, host=host)
        # What a deleted Pod comes to is told only when it was cleared away.
        alive = {name: value for name, value in again["metadata"].items() if name != "deletionTimestamp"}
        self._conclude({**again, "metadata": alive}, PodRun(now), has_network=False)
        return self._store.update(PODS, again)

    def _first_sight(self, pod: Object) -> PodRun:
        run = PodRun(self._store.clock.now() + NETWORK_AFTER)
        for kind, statuses in (("containers", "containerStatuses"), ("initContainers", "initContainerStatuses")):
            known = {status["name"]: status for status in pod["status"].get(statuses, [])}
            for container in pod["spec"].get(kind, []):
                run.containers[container["name"]] = self._keeper.resumed(pod, container, known.get(container["name"]))
        return run

    def _run(self, pod: Object, run: PodRun) -> float | None:
        status, now = pod["status"], self._store.clock.now()
        node = self._store.get(NODES, "", pod["spec"]["nodeName"])
        if node is None:
            return None
        if "startTime" not in status:
            self._accept(pod, node)
        has_network = "podIP" in status
        if not has_network and now >= run.network_due and self._mount(pod, run):
            has_network = self._connect(pod, node)
        due: float | None = run.network_due if not has_network else None
        if has_network:
            due = self._keeper.step(pod, run.containers)
        times = (due, _deadline(pod), self._conclude(pod, run, has_network))
        return min((time for time in times if time is not None), default=None)

    def _accept(self, pod: Object, node: Object) -> None:
        status, spec = pod["status"], pod["spec"]
        address = _node_address(node)
        status["hostIP"], status["hostIPs"] = address, [{"ip": address}]
        status["startTime"] = timestamp(self._store.clock.now())
        waiting = pod_status.INITIALIZING if spec.get("initContainers") else pod_status.CREATING
        status["containerStatuses"] = [pod_status.new_container_status(c, waiting) for c in spec["containers"]]
        if spec.get("initContainers"):
            status["initContainerStatuses"] = [
                pod_status.new_container_status(container, pod_status.INITIALIZING)
                for container in spec["initContainers"]
            ]

    def _mount(self, pod: Object, run: PodRun) -> bool:
        """Whether all volumes are set up; before that a Pod has no network. What is missing is looked for again."""
        missing = missing_files(self._store, pod)
        for why in missing:
            host = pod["spec"]["nodeName"]
            self._recorder.record("kubelet", PODS, pod, WARNING, "FailedMount", why, host=host)
        if missing:
            run.mount_pause = min(LONGEST_PAUSE, run.mount_pause * 2 or FIRST_PAUSE)
            run.network_due = self._store.clock.now() + run.mount_pause
        return not missing

    def _connect(self, pod: Object, node: Object) -> bool:
        if pod["spec"].get("hostNetwork"):
            address: str | None = _node_address(node)
        else:
            address = self._addresses.give(node, pod["metadata"]["uid"])
        if address is None:
            message = f"Failed to create pod sandbox: no free address in the range {node['spec']['podCIDR']}"
            name = node["metadata"]["name"]
            self._recorder.record("kubelet", PODS, pod, WARNING, "FailedCreatePodSandBox", message, host=name)
            return False
        pod["status"]["podIP"], pod["status"]["podIPs"] = address, [{"ip": address}]
        return True

    def _exceed(self, pod: Object, run: PodRun) -> float | None:
        """Stop a Pod whose `activeDeadlineSeconds` are over; it fails when its containers have ended."""
        self._recorder.record(
            "kubelet", PODS, pod, NORMAL, pod_status.DEADLINE_EXCEEDED, OVER_DEADLINE, host=pod["spec"]["nodeName"]
        )
        due, is_over = self._stop(pod, run, float(pod["spec"].get("terminationGracePeriodSeconds", 30)))
        if is_over:
            pod["status"] |= {"reason": pod_status.DEADLINE_EXCEEDED, "message": OVER_DEADLINE}
            return self._conclude(pod, run, has_network=True)
        return due

    def _stop(self, pod: Object, run: PodRun, grace: float) -> tuple[float | None, bool]:
        """Ask the containers to end; kill them when the grace period is over. The second is whether all is over.

        A shorter grace period that is asked for later changes the object, and nothing for the containers: on kind the
        runtime waits as long as it was told first.
        """
        status, now = pod["status"], self._store.clock.now()
        entries = pod_status.all_containers(status)
        running = [entry for entry in entries if pod_status.is_running(entry)]
        if run.stop_grace is None:
            run.stop_grace, run.stop_deadline, run.stop_told = grace, now + grace, now
            for entry in running:
                life = run.containers[entry["name"]].life
                taken = grace if life.stop_seconds is None else min(grace, life.stop_seconds)
                own_end = run.containers[entry["name"]].end_due
                run.containers[entry["name"]].end_due = min(own_end or now + taken, now + taken)
                self._tell(pod, NORMAL, "Killing", f"Stopping container {entry['name']}", entry["name"])
            for entry in entries if pod_status.is_initialized(pod, status) else ():
                if pod_status.stop_waiting(entry):
                    run.stop_told = now + NOTICED_AFTER
        steps = []
        for entry in running:
            container = run.containers[entry["name"]]
            container.end_due = min(container.end_due or now, run.stop_deadline)
            container.go_on(now)
            steps.append(container.next_step())
        ends = [run.containers[entry["name"]].end_due or now for entry in running]
        over = max(run.stop_told, max(ends) + NOTICED_AFTER if ends else now)
        pod["status"]["observedGeneration"] = pod["metadata"].get("generation", 1)
        if over > now:
            return min([over, *(step for step in steps if step is not None)]), False
        for entry in running:
            self._keeper.end_stopped(entry, run.containers[entry["name"]], run.stop_grace)
        if is_deleted(pod):
            self._conclude(pod, run, has_network=False)
            pod_status.give_up(pod, status)
        return None, True

    def _conclude(self, pod: Object, run: PodRun, has_network: bool) -> float | None:
        """Phase and conditions. Returns when the Pod's end is to be told.

        That the containers of a Pod have ended for good shows in its conditions first, and in its phase once
        everything is cleared away, as on kind. Of a Pod that is being deleted all is told at once.
        """
        status, metadata, now = pod["status"], pod["metadata"], self._store.clock.now()
        before, status["phase"] = status.get("phase", "Pending"), pod_status.phase_of(pod, status)
        is_end = status["phase"] in ("Succeeded", "Failed")
        if is_end and run.end_told_at is None:
            run.end_told_at = now if is_deleted(pod) else now + NOTICED_AFTER
        is_told = run.end_told_at is not None and run.end_told_at <= now
        pod_status.write_conditions(pod, status, has_network and not is_told, timestamp(now))
        status["observedGeneration"] = metadata.get("generation", 1)
        status.setdefault("resources", {})
        if is_end and not is_told:
            status["phase"] = before
            return run.end_told_at
        return None

    def _remove(self, pod: Object) -> None:
        """The containers are gone: the object may go too, unless finalizers hold it."""
        self._forget(pod["metadata"]["uid"])
        if pod["metadata"].get("deletionGracePeriodSeconds"):
            pod = copy_of(pod)
            pod["metadata"]["deletionGracePeriodSeconds"] = 0
            pod["metadata"]["deletionTimestamp"] = timestamp(self._store.clock.now())
            pod = self._store.update(PODS, pod)
        if not pod["metadata"].get("finalizers"):
            self._store.delete(PODS, *key_of(pod))

    def _forget(self, uid: str) -> None:
        self._runs.pop(uid, None)
        self._addresses.release(uid)

    def _note_address(self, pod: Object) -> None:
        address = pod["status"].get("podIP")
        if address and not is_ended(pod) and not pod["spec"].get("hostNetwork"):
            self._addresses.note(pod["spec"]["nodeName"], address, pod["metadata"]["uid"])

    def _tell(self, pod: Object, kind: str, reason: str, message: str, container: str) -> None:
        self._keeper.tell(pod, kind, reason, message, container)


def _deadline(pod: Object) -> float | None:
    """When the Pod's `activeDeadlineSeconds` are over, in seconds since 1970; None when it has none or is not begun."""
    seconds, began = pod["spec"].get("activeDeadlineSeconds"), pod["status"].get("startTime")
    return None if seconds is None or began is None else datetime.fromisoformat(began).timestamp() + float(seconds)


def _node_address(node: Object) -> str:
    addresses: list[dict[str, Any]] = node.get("status", {}).get("addresses", [])
    return next((str(entry["address"]) for entry in addresses if entry["type"] == "InternalIP"), "")
