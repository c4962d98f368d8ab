"""Watches: what there is (when asked for), then every change, one JSON line each."""

from collections import deque
from collections.abc import Callable
from typing import Any

from servicelab.embedded.api.context import Api
from servicelab.embedded.api.errors import expired
from servicelab.embedded.api.messages import JSON, Request, warning_header
from servicelab.embedded.api.options import initial_events, resource_version, whole_number
from servicelab.embedded.api.paths import ResourcePath
from servicelab.embedded.api.read import selector
from servicelab.embedded.api.representation import ENDPOINTS_WARNING, TABLE, Representation, event, wanted
from servicelab.embedded.api.selectors import Matches
from servicelab.embedded.resources import ENDPOINTS
from servicelab.embedded.store import Change, ChangeKind, Gone, Object

ENDS_BY_ITSELF = 1800.0
"""Seconds after which a watch without `timeoutSeconds` ends at the earliest, as on a real API server."""
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


class Watch:
    """An open watch. It listens to the store until `close`; events wait in it until they are taken."""

    content_type = JSON

    def __init__(self, api: Api, request: Request, path: ResourcePath) -> None:
        form = wanted(request, path.resource, api.clock.now())
        self._api = api
        self._path = path
        self._form: Representation = form
        self._matches: Matches = selector(request, path)
        self._bookmarks = request.flag("allowWatchBookmarks")
        self._pending: deque[tuple[str, Object]] = deque()
        self._columns_sent = False
        self._wake: Callable[[], None] = lambda: None
        self.headers: tuple[tuple[str, str], ...] = ()
        if path.resource is ENDPOINTS:
            self.headers = (("Warning", warning_header(ENDPOINTS_WARNING)),)
        self.ended = False
        self.due: float | None = None
        timeout = whole_number(request, "timeoutSeconds")
        self.has_own_deadline = timeout is not None
        """Whether the client said when the watch is to end."""
        wait = timeout if timeout is not None else ENDS_BY_ITSELF * (1 + api.randomness.random())
        self.deadline: float | None = api.clock.now() + wait
        self._begin(initial_events(request), resource_version(request))
        self._stop = api.store.on_change(self._notice)

    def take(self) -> bytes:
        """All events that wait, encoded."""
        lines = []
        while self._pending:
            kind, object = self._pending.popleft()
            lines.append(event(kind, self._written(kind, object)))
        return b"".join(lines)

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever an event is added."""
        self._wake = wake

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self._stop = lambda: None

    def last_words(self) -> bytes:
        """What a watch says when its time is over: up to where the client has seen everything."""
        if not self._bookmarks or self.ended:
            return b""
        return event("BOOKMARK", self._written("BOOKMARK", self._bookmark({})))

    def _begin(self, from_the_start: bool, revision: int | None) -> None:
        if from_the_start or not revision:
            for one in self._api.store.objects(self._path.resource, self._path.namespace or None):
                if self._matches(one):
                    self._pending.append((ChangeKind.ADDED, one))
            if from_the_start and self._bookmarks:
                self._pending.append(("BOOKMARK", self._bookmark(INITIAL_EVENTS_END)))
            return
        try:
            for change in self._api.store.changes_since(revision):
                self._notice(change)
        except Gone as problem:
            self._pending.append(("ERROR", expired(str(problem)).status()))
            self.ended = True

    def _notice(self, change: Change) -> None:
        if self.ended or change.resource is not self._path.resource:
            return
        if self._path.namespace and change.object["metadata"].get("namespace") != self._path.namespace:
            return
        matched = change.before is not None and self._matches(change.before)
        matches = change.kind is not ChangeKind.DELETED and self._matches(change.object)
        if matches:
            self._pending.append((ChangeKind.MODIFIED if matched else ChangeKind.ADDED, change.object))
        elif matched:
            last = {**change.object} if change.kind is ChangeKind.DELETED else self._as_it_was(change)
            self._pending.append((ChangeKind.DELETED, last))
        else:
            return
        self._wake()

    @staticmethod
    def _as_it_was(change: Change) -> Object:
        """An object that no longer matches is shown as it was when it did, with the revision of the change."""
        before = change.before or change.object
        return {**before, "metadata": {**before["metadata"], "resourceVersion": str(change.revision)}}

    def _bookmark(self, annotations: dict[str, str]) -> Object:
        metadata: dict[str, Any] = {"resourceVersion": str(self._api.store.revision)}
        if annotations:
            metadata["annotations"] = annotations
        return {"kind": self._path.resource.kind, "apiVersion": self._path.resource.api_version, "metadata": metadata}

    def _written(self, kind: str, object: Object) -> dict[str, Any]:
        if kind == "ERROR" or (kind == "BOOKMARK" and self._form.shape != TABLE):
            return object
        form = Representation(self._form.resource, self._form.shape, self._form.include_object, self._api.clock.now())
        if kind == "BOOKMARK":
            table = form.many([], self._api.store.revision, object["metadata"])
            table["columnDefinitions"] = None
            table["rows"] = []
            return table
        written = form.one(object, with_columns=not self._columns_sent)
        self._columns_sent = True
        return written
