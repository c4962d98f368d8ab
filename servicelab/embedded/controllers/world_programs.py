"""Probes that ask the emulated programs themselves: their HTTP answers, and commands run beside them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from servicelab.embedded.controllers.programs import IGNORES, NOT_FOUND, NOT_STARTED, Life, ModelledPrograms, Probed
from servicelab.embedded.store import Object
from servicelab.network.listeners import is_agnhost, program_of

if TYPE_CHECKING:
    from servicelab.embedded.programs.world import World

NO_FILE = NOT_STARTED.replace("{}", "{0}") + "stat {0}: no such file or directory"


class WorldPrograms(ModelledPrograms):
    """What `ModelledPrograms` knows, and what netexec and the shell of `exec` answer. `world` is asked when needed."""

    def __init__(self, world: "Callable[[], World]") -> None:
        self._world = world

    def start(self, pod: Object, container: Mapping[str, Any]) -> Life:
        """See `Programs`. A shell or a client of the image runs as the clock does, and ignores SIGTERM as on kind."""
        life = super().start(pod, container)
        if not life.refusal or not is_agnhost(container["image"]):
            return life
        from servicelab.embedded.programs.container_command import (
            ContainerCommand,
            is_emulated,
            is_in_image,
            why_not_emulated,
            words_of,
        )

        words = words_of(container)
        if why := why_not_emulated(words):
            return Life(refusal=why)
        if is_emulated(words):
            return Life(stop_seconds=IGNORES, course=ContainerCommand(self._world, pod, container))
        if words[0] == "/agnhost":
            return life
        if is_in_image(words[0]):
            return Life(refusal=f"{words[0]} of the agnhost image is not emulated; use a kind cluster for it")
        return Life(start_error=(NO_FILE if "/" in words[0] else NOT_FOUND).format(words[0]))

    def probe(self, pod: Object, container: Mapping[str, Any], probe: Mapping[str, Any]) -> Probed:
        """See `Programs`. Not through the network model: a kubelet's probes reach its own Pods whatever is set up."""
        if "exec" in probe:
            return self._run(pod, container, probe)
        found = super().probe(pod, container, probe)
        if found.is_success and "httpGet" in probe and program_of(container).name == "netexec":
            return self._ask(pod, container, probe["httpGet"])
        return found

    def _ask(self, pod: Object, container: Mapping[str, Any], asked: Mapping[str, Any]) -> Probed:
        from servicelab.embedded.programs import netexec
        from servicelab.embedded.programs.http import HttpRequest

        world, metadata = self._world(), pod["metadata"]
        running = world.container(metadata["namespace"], metadata["name"], container["name"])
        if running is None:
            return Probed(False, "the container does not run")
        headers = tuple((entry["name"], entry["value"]) for entry in asked.get("httpHeaders", []))
        path = asked["path"] if asked["path"].startswith("/") else f"/{asked['path']}"
        request = HttpRequest("GET", path, headers)
        status = netexec.answer(world, running, request, f"{pod['status']['hostIP']}:0", 0.0).status
        if 200 <= status < 400:
            return Probed(True)
        return Probed(False, f"HTTP probe failed with statuscode: {status}")

    def _run(self, pod: Object, container: Mapping[str, Any], probe: Mapping[str, Any]) -> Probed:
        from servicelab.embedded.programs import shell

        metadata, command = pod["metadata"], probe["exec"]["command"]
        try:
            finished = shell.run(self._world(), metadata["namespace"], metadata["name"], container["name"], command)
        except KeyError:
            return Probed(False, "the container does not run")
        timeout = probe["timeoutSeconds"]
        if finished.seconds > timeout:
            return Probed(False, f"command timed out: {' '.join(command)!r} timed out after {timeout}s")
        return Probed(
            finished.exit_code == 0 and not finished.failure, finished.failure or finished.stdout + finished.stderr
        )
