"""Keeps a namespace's board as it is now, by watches, and sends a request again and again where one is wished."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType

from servicelab.cluster.base import Cluster, MachineError, NotSupported
from servicelab.cluster.rest import Object
from servicelab.network.places import Place, Target, parse_place
from servicelab.tracing.asking import read_target
from servicelab.tracing.board import Board, board_of
from servicelab.tracing.reading import read_state
from servicelab.tracing.words import verdict_sentence

PATHS = {
    "services": "/api/v1/namespaces/{}/services",
    "slices": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "pods": "/api/v1/namespaces/{}/pods",
}
WATCHED_FOR = 5
"""Seconds of one watch: so long one that is told to end may go on unheard."""
PAUSE = 1.0
"""Seconds until a cluster that did not answer is asked again."""
REMEMBERED = 10


@dataclass(frozen=True)
class Sent:
    """A request that was sent: when (of the clock, in seconds), and how it ended in words."""

    at: float
    words: str

    def __str__(self) -> str:
        return f"{time.strftime('%H:%M:%S', time.localtime(self.at))}  {self.words}"


@dataclass(frozen=True)
class Request:
    """A request to send every so many seconds."""

    source: Place
    target: Target
    every: float = 1.0


def request_of(cluster: Cluster, source: str, target: str, namespace: str, every: float = 1.0) -> Request | None:
    """The request that these words mean, names without a namespace being of `namespace`; None when there are none.

    ValueError with a sentence when they mean nothing.
    """
    if not source:
        return None
    place = parse_place(source, namespace)
    return Request(place, read_target(target, place, read_state(cluster), namespace), every)


class Following:
    """Follows a namespace in the block. `changed` is called, in a thread of its own, after each change."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        request: Request | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._cluster, self._namespace, self._request, self._changed = cluster, namespace, request, changed
        self._objects: dict[str, dict[str, Object]] = {}
        self._sent: deque[Sent] = deque(maxlen=REMEMBERED)
        self._trouble: dict[str, str] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> "Following":
        self.start()
        return self

    def start(self) -> None:
        """Begin to follow."""
        works: list[Callable[[], None]] = [partial(self._follow, name) for name in PATHS]
        if self._request is not None:
            works.append(partial(self._ask, self._request))
        for work in works:
            threading.Thread(target=self._until_told, args=[work], daemon=True).start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """Stop following, at once: a watch that is under way says nothing any more and ends by itself."""
        self._ended.set()

    @property
    def is_ready(self) -> bool:
        """Whether there is something to show: all lists have been read once, or something is in the way."""
        return len(self._objects) == len(PATHS) or bool(self.trouble)

    @property
    def board(self) -> Board:
        """The namespace as it is now."""
        with self._lock:
            parts = {name: list(self._objects.get(name, {}).values()) for name in PATHS}
        return board_of(self._namespace, parts["services"], parts["slices"], parts["pods"])

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The last requests, the newest first."""
        with self._lock:
            return tuple(reversed(self._sent))

    @property
    def trouble(self) -> str:
        """Why it may not be as it is now; empty when all is well."""
        with self._lock:
            return next(iter(self._trouble.values()), "")

    def _until_told(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            if not self._ended.is_set():  # else its cluster was closed meanwhile
                raise

    def _tell(self) -> None:
        if not self._ended.is_set():
            self._changed()

    def _follow(self, name: str) -> None:
        path = PATHS[name].format(self._namespace)
        while not self._ended.is_set():
            try:
                listed = self._cluster.rest.get(path)
                with self._lock:
                    self._objects[name] = {one["metadata"]["uid"]: one for one in listed.get("items") or ()}
                    self._trouble.pop(name, None)
                self._tell()
                self._watch(name, path, listed["metadata"]["resourceVersion"])
            except MachineError as problem:  # also a version that is too old: then the list is read anew
                with self._lock:
                    self._trouble[name] = str(problem)
                self._tell()
                self._ended.wait(PAUSE)

    def _watch(self, name: str, path: str, version: str) -> None:
        while not self._ended.is_set():
            for happened, one in self._cluster.rest.watch(path, version, WATCHED_FOR):
                version = one["metadata"]["resourceVersion"]
                with self._lock:
                    if happened == "DELETED":
                        self._objects[name].pop(one["metadata"]["uid"], None)
                    else:
                        self._objects[name][one["metadata"]["uid"]] = one
                self._tell()

    def _ask(self, request: Request) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                # without what a model knows and a client does not: why it ended so
                words = verdict_sentence(replace(self._cluster.probe(request.source, request.target), detail=""))
            except (MachineError, NotSupported) as problem:
                words = f"not sent: {problem}"
            with self._lock:
                self._sent.append(Sent(time.time(), words))
            self._tell()
            self._ended.wait(max(0.0, request.every - (time.monotonic() - began)))
