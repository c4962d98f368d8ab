"""One container's life on its node: pull, start, probes, end, restart with growing pauses."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from servicelab.embedded.controllers.programs import Life, Programs
from servicelab.embedded.store import Object

FIRST_PAUSE, LONGEST_PAUSE = 10.0, 300.0
"""Seconds between restarts of a container that ends, or between pulls that fail; doubled each time."""
PAUSE_FORGOTTEN_AFTER = 600.0
NOTICED_AFTER = 1.0
"""Seconds until the kubelet notices that a container has ended, and acts."""
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")

Tell = Callable[[str, str, str, str], None]
"""Record an Event: type, reason, message, container name."""


@dataclass
class ProbeState:
    """One probe of one running container."""

    due: float
    successes: int = 0
    failures: int = 0


@dataclass
class ContainerRun:
    """What the kubelet remembers of a container beside its status; gone when the process ends."""

    start_due: float | None = None
    end_due: float | None = None
    kill_reason: str = ""
    pause: float = 0.0
    pull_pause: float = 0.0
    started_at: float = 0.0
    ended_at: float | None = None
    back_off_due: float | None = None
    life: Life = field(default_factory=Life)
    probes: dict[str, ProbeState] = field(default_factory=dict)
    startup_passed: bool = True

    def next_due(self) -> float | None:
        """When something is to be done."""
        times = [self.start_due, self.end_due, self.back_off_due, *(probe.due for probe in self.probes.values())]
        times.append(self.next_step())
        return min((time for time in times if time is not None), default=None)

    def next_step(self) -> float | None:
        """When its program goes on, where that goes step by step."""
        return self.life.course.due if self.life.course is not None and self.start_due is None else None

    def go_on(self, now: float) -> None:
        """Let the running program do what is due, and note when it has ended."""
        course, due = self.life.course, self.next_step()
        if course is None or due is None or due > now:
            return
        course.go_on()
        if course.exit_code is not None:
            self.life, self.end_due = replace(self.life, exit_code=course.exit_code), now

    def begin(self, container: dict[str, Any], life: Life, now: float) -> None:
        """The container was started."""
        self.start_due, self.back_off_due, self.life, self.started_at = None, None, life, now
        self.end_due = None if life.ends_after is None else now + life.ends_after
        self.startup_passed = "startupProbe" not in container
        self.probes = {}
        if not self.startup_passed:
            self.probes["startupProbe"] = ProbeState(now + delay_of(container["startupProbe"]))
        else:
            self.begin_probes(container, now)

    def begin_probes(self, container: dict[str, Any], now: float) -> None:
        """Liveness and readiness probes begin once the container counts as started."""
        for kind in ("livenessProbe", "readinessProbe"):
            if kind in container:
                self.probes[kind] = ProbeState(max(now, self.started_at + delay_of(container[kind])))

    def pause_before_restart(self, now: float, was_killed: bool) -> float:
        """Seconds to wait before the next start; none before the first restart.

        They count from the end of the container; after a kill from the end before that, as the kubelet does, which
        kills and starts again in one go and knows the container as running until then.
        """
        since, self.ended_at = self.ended_at if was_killed else now, now
        if since is None:
            return 0.0
        if now - self.started_at > PAUSE_FORGOTTEN_AFTER:
            self.pause = 0.0
        wait = max(0.0, since + self.pause - now)
        self.pause = min(LONGEST_PAUSE, self.pause * 2 or FIRST_PAUSE)
        return wait


def delay_of(probe: dict[str, Any]) -> float:
    """`initialDelaySeconds`."""
    return float(probe.get("initialDelaySeconds", 0))


def run_probes(
    run: ContainerRun, programs: Programs, pod: Object, container: dict[str, Any], status: dict[str, Any],
    now: float, tell: Tell,
) -> str:  # fmt: skip
    """Run the probes that are due; changes `ready` and `started`. Returns why the container must be killed, or ""."""
    for kind in PROBES:
        state, wished = run.probes.get(kind), container.get(kind)
        if state is None or wished is None or state.due > now:
            continue
        state.due = now + float(wished["periodSeconds"])
        probed = programs.probe(pod, container, wished)
        word = kind.removesuffix("Probe")
        if probed.is_success:
            state.successes, state.failures = state.successes + 1, 0
        else:
            state.successes, state.failures = 0, state.failures + 1
            tell("Warning", "Unhealthy", f"{word.capitalize()} probe failed: {probed.message}", container["name"])
        if kind == "readinessProbe":
            if state.successes >= wished["successThreshold"]:
                status["ready"] = True
            elif state.failures >= wished["failureThreshold"]:
                status["ready"] = False
        elif kind == "startupProbe" and state.successes:
            del run.probes[kind]
            run.startup_passed = status["started"] = True
            status["ready"] = "readinessProbe" not in container
            run.begin_probes(container, now)
        elif state.failures >= wished["failureThreshold"]:
            return f"Container {container['name']} failed {word} probe, will be restarted"
    return ""
