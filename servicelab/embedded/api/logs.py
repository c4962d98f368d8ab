"""The `log` subresource of Pods, also followed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from servicelab.embedded.api import errors
from servicelab.embedded.api.context import Api, LoggedLine
from servicelab.embedded.api.kubelets import check_log
from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.options import whole_number
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import stored
from servicelab.embedded.controllers.pod_status import all_containers
from servicelab.embedded.store import Object

PLAIN = "text/plain"


def container_of(pod: Object, wished: str) -> str:
    """The container a request means; ApiError (400) when it is not clear or there is none of that name."""
    name = pod["metadata"]["name"]
    spec = pod["spec"]
    names = [container["name"] for container in spec["containers"]]
    init = [container["name"] for container in spec.get("initContainers") or ()]
    if not wished:
        if len(names) == 1:
            return str(names[0])
        listed = f"[{' '.join(names)}]"
        others = f" or one of the init containers: [{' '.join(init)}]" if init else ""
        raise errors.bad_request(f"a container name must be specified for pod {name}, choose one of: {listed}{others}")
    if wished not in (*names, *init):
        raise errors.bad_request(f"container {wished} is not valid for pod {name}")
    return wished


def log(api: Api, request: Request, path: ResourcePath) -> "Response | FollowedLog":
    """What a container has written."""
    pod = stored(api, path)
    container = container_of(pod, request.parameter("container"))
    previous = request.flag("previous")
    if not pod["spec"].get("nodeName"):
        return Response(200, b"", PLAIN)  # as a real one: nothing can have been logged
    check_log(api, pod, container)
    lines = api.containers().read_log(path.namespace, path.name, container, previous)
    if lines is None:
        raise _never_ran(pod, container, previous)
    is_running = not previous and "running" in (_status_of(pod, container).get("state") or {})
    shown = _shown(api, request, lines, is_running)
    if request.flag("follow") and not previous:
        return FollowedLog(api, path, pod, container, shown, request.flag("timestamps"))
    text = shown.encode()
    limit = whole_number(request, "limitBytes")
    return Response(200, text if limit is None else text[:limit], PLAIN)


def whole(lines: Sequence[LoggedLine]) -> list[LoggedLine]:
    """Without a last line that is only begun: the runtime writes it when it is whole, or when the program ends."""
    found = list(lines)
    while found and not found[-1].is_whole:
        del found[-1]
    return found


class FollowedLog:
    """The log of one start of a container, which goes on until that ends. It begins with `shown`; what was written
    before counts as seen.

    `due` is when a line that is known already is to be shown, in seconds since 1970.
    """

    content_type = PLAIN
    headers: tuple[tuple[str, str], ...] = ()
    deadline: float | None = None

    def __init__(
        self,
        api: Api,
        path: ResourcePath,
        pod: Object,
        container: str,
        shown: str = "",
        timestamps: bool = False,
        as_written: bool = False,
    ) -> None:
        self._api = api
        self._path = path
        self._uid = pod["metadata"]["uid"]
        self._container = container
        self._restarts = _status_of(pod, container).get("restartCount", 0)
        self._timestamps = timestamps
        self._as_written = as_written
        self._first = shown
        self._stop: Callable[[], None] = lambda: None
        self.ended = False
        self.due: float | None = None
        self._sent = len(self._due_lines(self._lines(0)))

    def take(self) -> bytes:
        """The lines written since the last look."""
        text, self._first = self._first, ""
        pod = self._api.store.get(self._path.resource, self._path.namespace, self._path.name)
        if pod is None or pod["metadata"]["uid"] != self._uid:
            self.ended = True
            return text.encode()
        status = _status_of(pod, self._container)
        later_starts = status.get("restartCount", 0) - self._restarts
        self.ended = later_starts > 0 or "running" not in (status.get("state") or {})
        lines = self._lines(later_starts)
        new = (lines if self.ended else self._due_lines(lines))[self._sent :]
        self._sent += len(new)
        self.due = min((line.time for line in lines[self._sent :]), default=None)
        return (text + "".join(_line(line, self._timestamps) for line in new)).encode()

    def _due_lines(self, lines: Sequence[LoggedLine]) -> Sequence[LoggedLine]:
        """Those written by now. A line begun is in a log once it is whole; who is attached sees it at once."""
        due = [line for line in lines if line.time <= self._api.clock.now()]
        return due if self._as_written else whole(due)

    def _lines(self, later_starts: int) -> Sequence[LoggedLine]:
        """All lines of the start that is followed, also when the container was started once more since."""
        if later_starts > 1:
            return ()
        read = self._api.containers().read_log
        return read(self._path.namespace, self._path.name, self._container, later_starts == 1) or ()

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever there may be more."""
        self._stop = self._api.activity.listen(wake)

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self._stop = lambda: None

    def last_words(self) -> bytes:
        """Nothing is said at the end."""
        return b""


def _shown(api: Api, request: Request, lines: Sequence[LoggedLine], is_running: bool) -> str:
    now = api.clock.now()
    chosen = [line for line in lines if line.time <= now]
    if is_running:
        chosen = whole(chosen)
    since = whole_number(request, "sinceSeconds")
    if since is not None:
        chosen = [line for line in chosen if line.time >= now - since]
    since_time = request.parameter("sinceTime")
    if since_time:
        try:
            earliest = datetime.fromisoformat(since_time).timestamp()
        except ValueError:
            raise errors.bad_request(f'parsing time "{since_time}": cannot parse it as RFC3339') from None
        chosen = [line for line in chosen if line.time >= earliest]
    tail = whole_number(request, "tailLines")
    if tail is not None:
        chosen = chosen[max(0, len(chosen) - tail) :]
    return "".join(_line(line, request.flag("timestamps")) for line in chosen)


def _line(line: LoggedLine, timestamps: bool) -> str:
    text = line.text.rstrip("\n") + "\n" if line.is_whole else line.text
    if not timestamps:
        return text
    moment = datetime.fromtimestamp(line.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return f"{moment} {text}"


def _status_of(pod: Object, container: str) -> Object:
    return next((status for status in all_containers(pod.get("status") or {}) if status["name"] == container), {})


def _never_ran(pod: Object, container: str, previous: bool) -> errors.ApiError:
    name = pod["metadata"]["name"]
    if previous:
        return errors.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    for status in all_containers(pod.get("status") or {}):
        waiting = (status.get("state") or {}).get("waiting")
        if status["name"] != container or not waiting:
            continue
        reason = waiting.get("reason", "")
        if reason in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName"):
            why = "image can't be pulled" if reason == "ErrImagePull" else "trying and failing to pull image"
            return errors.bad_request(f'container "{container}" in pod "{name}" is waiting to start: {why}')
        return errors.bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
    return errors.bad_request(f'container "{container}" in pod "{name}" is not available')
