"""Steps of a container: what the kubelet does with each when its time has come."""

from typing import Any

from servicelab.embedded.clock import timestamp
from servicelab.embedded.controllers import pulling
from servicelab.embedded.controllers.container_run import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    NOTICED_AFTER,
    ContainerRun,
    run_probes,
)
from servicelab.embedded.controllers.events import NORMAL, WARNING, Recorder
from servicelab.embedded.controllers.pod_status import exit_code, is_initialized, is_running
from servicelab.embedded.controllers.programs import Life, Programs
from servicelab.embedded.controllers.settings import missing_setting
from servicelab.embedded.controllers.work import Work
from servicelab.embedded.resources import PODS
from servicelab.embedded.store import Object

KILLED = 137
"""Exit code of a container that was killed."""
Json = dict[str, Any]
USER = {"linux": {"gid": 0, "supplementalGroups": [0], "uid": 0}}
FROM_START = "1970-01-01T00:00:00Z"


class ContainerKeeper:
    """Pulls, starts, probes, ends and restarts containers; changes the Pod it is given, stores nothing but Events."""

    def __init__(self, work: Work, recorder: Recorder, programs: Programs) -> None:
        self._clock, self._randomness, self._store = work.clock, work.randomness, work.store
        self._recorder, self._programs = recorder, programs

    def tell(self, pod: Object, kind: str, reason: str, message: str, container: str) -> None:
        """Record an Event about a container."""
        is_init = any(entry["name"] == container for entry in pod["spec"].get("initContainers", []))
        field = f"spec.{'initContainers' if is_init else 'containers'}{{{container}}}"
        host = pod["spec"]["nodeName"]
        self._recorder.record("kubelet", PODS, pod, kind, reason, message, field_path=field, host=host)

    def resumed(self, pod: Object, container: Json, status: Json | None) -> ContainerRun:
        """What to remember of a container first seen now, which may run already."""
        now = self._clock.now()
        run = ContainerRun(start_due=now)
        if status is None:
            return run
        if is_running(status):
            ready, started = status["ready"], status["started"]
            run.begin(container, self._programs.start(pod, container), now)
            status["ready"], status["started"] = ready, started
        elif status["restartCount"] or exit_code(status) is not None:
            run.pause = FIRST_PAUSE
            policy = pod["spec"].get("restartPolicy", "Always")
            is_done = policy == "Never" or (policy == "OnFailure" and exit_code(status) == 0)
            run.start_due = None if is_done else now + FIRST_PAUSE
        return run

    def step(self, pod: Object, runs: dict[str, ContainerRun]) -> float | None:
        """Do what is due for all containers of a Pod; returns when the next thing is due."""
        status, spec = pod["status"], pod["spec"]
        if not is_initialized(pod, status):
            for container, state in zip(spec["initContainers"], status["initContainerStatuses"], strict=True):
                if exit_code(state) != 0:
                    self._step(pod, container, state, runs[container["name"]], is_init=True)
                if exit_code(state) != 0:
                    return runs[container["name"]].next_due()
            for state in status["containerStatuses"]:
                runs[state["name"]].start_due = self._clock.now()
        times = []
        for container, state in zip(spec["containers"], status["containerStatuses"], strict=True):
            run = runs[container["name"]]
            self._step(pod, container, state, run, is_init=False)
            times.append(run.next_due())
        return min((time for time in times if time is not None), default=None)

    def _step(self, pod: Object, container: Json, status: Json, run: ContainerRun, is_init: bool) -> None:
        now = self._clock.now()
        if is_running(status) and container["image"] != status["image"]:
            self._kill(pod, container, run, f"Container {container['name']} definition changed, will be restarted")
            status["image"] = container["image"]
        if is_running(status):
            run.go_on(now)
        if is_running(status) and not (run.end_due is not None and run.end_due <= now):
            why = run_probes(run, self._programs, pod, container, status, now, lambda *said: self.tell(pod, *said))
            if why:
                self._kill(pod, container, run, why)
        if is_running(status) and run.end_due is not None and run.end_due <= now:
            killed = bool(run.kill_reason)
            code = (KILLED if run.life.stop_seconds is None else run.life.stop_code) if killed else run.life.exit_code
            self._end(status, run, code, run.life.stop_message if killed else run.life.message)
            status["ready"] = is_init and code == 0
            self._plan_restart(pod, status, run, code, is_init, killed)
        if run.back_off_due is not None and run.back_off_due <= now:
            self._back_off(pod, container, status, run)
        if run.start_due is not None and run.start_due <= now and not is_running(status):
            self._start(pod, container, status, run, is_init)

    def _kill(self, pod: Object, container: Json, run: ContainerRun, why: str) -> None:
        self.tell(pod, NORMAL, "Killing", why, container["name"])
        grace = float(pod["spec"].get("terminationGracePeriodSeconds", 30))
        stop = run.life.stop_seconds
        run.end_due = self._clock.now() + (grace if stop is None else min(stop, grace))
        run.kill_reason, run.probes = why, {}

    def _start(self, pod: Object, container: Json, status: Json, run: ContainerRun, is_init: bool) -> None:
        if not self._pull(pod, container, status, run):
            return
        now, name = self._clock.now(), container["name"]
        if why := missing_setting(self._store, pod, container):
            self.tell(pod, WARNING, "Failed", f"Error: {why}", name)
            status["state"] = {"waiting": {"reason": "CreateContainerConfigError", "message": why}}
            run.start_due = now + FIRST_PAUSE
            return
        life = self._programs.start(pod, container)
        if life.refusal:
            run.start_due = None
            self.tell(pod, WARNING, "Failed", f"Error: {life.refusal}", name)
            status["state"] = {"waiting": {"reason": "CreateContainerError", "message": life.refusal}}
            return
        if status["state"].get("terminated") or status["lastState"].get("terminated"):
            status["restartCount"] += 1
            status["lastState"] = {"terminated": status["state"].get("terminated") or status["lastState"]["terminated"]}
        identity = f"containerd://{self._randomness.getrandbits(256):064x}"
        status |= {"containerID": identity, "image": container["image"], "user": USER}
        status["imageID"] = pulling.image_id(container["image"])
        status["resources"] = container.get("resources", {})
        self.tell(pod, NORMAL, "Created", "Container created", name)
        if life.start_error:
            self._fail_start(pod, container, status, run, life, is_init)
            return
        self.tell(pod, NORMAL, "Started", "Container started", name)
        run.begin(container, life, now)
        status["state"] = {"running": {"startedAt": timestamp(now)}}
        status["started"] = run.startup_passed
        status["ready"] = run.startup_passed and "readinessProbe" not in container and not is_init

    def _fail_start(
        self, pod: Object, container: Json, status: Json, run: ContainerRun, life: Life, is_init: bool
    ) -> None:
        message = f"failed to create containerd task: {life.start_error}"
        self.tell(pod, WARNING, "Failed", f"Error: {message}", container["name"])
        ended = {"containerID": status["containerID"], "exitCode": 128, "finishedAt": timestamp(self._clock.now())}
        ended |= {"message": message, "reason": "StartError", "startedAt": FROM_START}
        status["state"], status["ready"], status["started"] = {"terminated": ended}, False, False
        run.start_due = None
        self._plan_restart(pod, status, run, 128, is_init, killed=False)

    def _pull(self, pod: Object, container: Json, status: Json, run: ContainerRun) -> bool:
        image, name, images = container["image"], container["name"], self._programs.images()
        policy = container.get("imagePullPolicy", "IfNotPresent")
        if not pulling.is_image_name(image):
            message = pulling.why_unreadable(image)
            self.tell(pod, WARNING, "InspectFailed", message, name)
            self.tell(pod, WARNING, "Failed", "Error: InvalidImageName", name)
            status["state"] = {"waiting": {"reason": "InvalidImageName", "message": message}}
            run.start_due = self._clock.now() + FIRST_PAUSE
            return False
        is_here = image in images or pulling.full_name(image) in images
        if is_here:
            if policy == "Always":
                self.tell(pod, NORMAL, "Pulling", f'Pulling image "{image}"', name)
                self.tell(
                    pod, NORMAL, "Pulled", f'Successfully pulled image "{image}" in 1s (1s including waiting)', name
                )
            else:
                message = f'Container image "{image}" already present on machine and can be accessed by the pod'
                self.tell(pod, NORMAL, "Pulled", message, name)
            return True
        if policy == "Never":
            message = f'Container image "{image}" is not present with pull policy of Never'
            self.tell(pod, WARNING, "ErrImageNeverPull", message, name)
            self.tell(pod, WARNING, "Failed", "Error: ErrImageNeverPull", name)
            status["state"] = {"waiting": {"reason": "ErrImageNeverPull", "message": message}}
            run.start_due = self._clock.now() + FIRST_PAUSE
            return False
        why = pulling.not_there(image, images)
        self.tell(pod, NORMAL, "Pulling", f'Pulling image "{image}"', name)
        self.tell(pod, WARNING, "Failed", f'Failed to pull image "{image}": {why}', name)
        self.tell(pod, WARNING, "Failed", "Error: ErrImagePull", name)
        status["state"] = {"waiting": {"reason": "ErrImagePull", "message": why}}
        run.pull_pause = min(LONGEST_PAUSE, run.pull_pause * 2 or FIRST_PAUSE)
        run.start_due = self._clock.now() + run.pull_pause + NOTICED_AFTER
        run.back_off_due = self._clock.now() + NOTICED_AFTER
        return False

    def _back_off(self, pod: Object, container: Json, status: Json, run: ContainerRun) -> None:
        """What `get pods` shows between two tries: ImagePullBackOff or CrashLoopBackOff."""
        run.back_off_due = None
        image, name, waiting = container["image"], container["name"], status["state"].get("waiting", {})
        if waiting.get("reason") == "ErrImagePull":
            self.tell(pod, NORMAL, "BackOff", f'Back-off pulling image "{image}"', name)
            self.tell(pod, WARNING, "Failed", "Error: ImagePullBackOff", name)
            message = f'Back-off pulling image "{image}": ErrImagePull: {waiting["message"]}'
            status["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": message}}
            return
        metadata = pod["metadata"]
        who = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        self.tell(pod, WARNING, "BackOff", f"Back-off restarting failed container {name} in pod {who}", name)
        pause = _duration((run.start_due or 0.0) - self._clock.now() + NOTICED_AFTER)
        message = f"back-off {pause} restarting failed container={name} pod={who}"
        status["lastState"] = {"terminated": status["state"]["terminated"]}
        status["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}

    def _plan_restart(
        self, pod: Object, status: Json, run: ContainerRun, code: int, is_init: bool, killed: bool
    ) -> None:
        policy = pod["spec"].get("restartPolicy", "Always")
        if code == 0 and is_init:
            return
        if policy == "Never" or (policy == "OnFailure" and code == 0):
            return
        now = self._clock.now()
        pause = run.pause_before_restart(now, killed)
        noticed = now if killed else now + NOTICED_AFTER
        run.start_due = max(now + pause, noticed)
        run.back_off_due = noticed if pause else None

    def _end(self, status: Json, run: ContainerRun, code: int, message: str) -> None:
        now = timestamp(self._clock.now())
        ended = {"containerID": status["containerID"], "exitCode": code, "finishedAt": now}
        ended |= {"reason": "Completed" if code == 0 else "Error", "startedAt": status["state"]["running"]["startedAt"]}
        if message:
            ended["message"] = message
        status["state"], status["ready"], status["started"] = {"terminated": ended}, False, False
        run.probes, run.end_due, run.kill_reason = {}, None, ""

    def end_stopped(self, status: Json, run: ContainerRun, grace: float) -> None:
        """A container of a deleted Pod has ended."""
        life = run.life
        has_ended = life.course is not None and life.course.exit_code is not None
        if has_ended or (life.ends_after is not None and run.started_at + life.ends_after <= (run.end_due or 0.0)):
            self._end(status, run, life.exit_code, life.message)  # by itself, before it was killed
            return
        was_killed = life.stop_seconds is None or life.stop_seconds > grace
        self._end(status, run, KILLED if was_killed else life.stop_code, "" if was_killed else life.stop_message)


def _duration(seconds: float) -> str:
    """Seconds as Go prints them: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
