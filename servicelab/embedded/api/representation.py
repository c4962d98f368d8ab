"""The form of an answer: plain JSON, a table, metadata only, or YAML, as the client's Accept header asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from servicelab.embedded.api import errors
from servicelab.embedded.api.decoding import YAML
from servicelab.embedded.api.messages import JSON, Request, Response, encoded, json_response
from servicelab.embedded.api.tables import metadata_only, table
from servicelab.embedded.resources import ENDPOINTS, Resource
from servicelab.embedded.store import Object

PLAIN, TABLE, METADATA = "", "Table", "PartialObjectMetadata"
ENDPOINTS_WARNING = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"


@dataclass(frozen=True)
class Representation:
    """How to write objects of a kind: `shape` is plain, a table or metadata only; `now` is for ages in tables."""

    resource: Resource
    shape: str
    include_object: str
    now: float
    yaml: bool = False
    content_type: str = JSON

    def one(self, object: Object, with_columns: bool = True) -> dict[str, Any]:
        """One object."""
        if self.shape == TABLE:
            return table(self.resource, [object], self.now, self.include_object, with_columns, _revision(object))
        if self.shape == METADATA:
            return metadata_only(object)
        return object

    def many(self, objects: Sequence[Object], revision: int, more: dict[str, Any]) -> dict[str, Any]:
        """A list; `more` goes into its metadata (continue token and the like)."""
        metadata = {"resourceVersion": str(revision), **more}
        if self.shape == TABLE:
            written = table(self.resource, objects, self.now, self.include_object, True, str(revision))
            written["metadata"] = metadata
            return written
        if self.shape == METADATA:
            kind, api_version = "PartialObjectMetadataList", "meta.k8s.io/v1"
            items = [metadata_only(object) for object in objects]
        else:
            kind, api_version = f"{self.resource.kind}List", self.resource.api_version
            items = [{key: item for key, item in one.items() if key not in ("apiVersion", "kind")} for one in objects]
        return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items}

    def response(self, value: Any, status: int = 200, warnings: Sequence[str] = ()) -> Response:
        """The HTTP answer around what `one` or `many` gave."""
        answer = json_response(value, status, [*deprecations(self.resource), *warnings])
        if self.yaml:
            import yaml

            return replace(answer, body=yaml.safe_dump(value, sort_keys=False).encode(), content_type=YAML)
        return answer


def wanted(request: Request, resource: Resource, now: float) -> Representation:
    """The first form of the Accept header that is offered; ApiError (406) when none is."""
    include = request.parameter("includeObject", "Metadata")
    for part in (request.accept or "*/*").split(","):
        media_type, *parameters = [word.strip() for word in part.split(";")]
        settings = dict(word.split("=", 1) for word in parameters if "=" in word)
        if media_type not in (JSON, "*/*", "application/*", YAML):
            continue
        shape = settings.get("as", PLAIN).removesuffix("List") if settings.get("as") != TABLE else TABLE
        if shape not in (PLAIN, TABLE, METADATA) or settings.get("v", "v1") != "v1":
            continue
        if shape and settings.get("g") != "meta.k8s.io":
            continue
        return Representation(resource, shape, include, now, media_type == YAML)
    raise errors.not_acceptable()


def event(kind: str, object: dict[str, Any]) -> bytes:
    """One line of a watch."""
    return encoded({"type": kind, "object": object}) + b"\n"


def _revision(object: Object) -> str:
    revision: str = object["metadata"].get("resourceVersion", "")
    return revision


def deprecations(resource: Resource) -> tuple[str, ...]:
    """What is said with every answer about a kind, refusals too."""
    return (ENDPOINTS_WARNING,) if resource is ENDPOINTS else ()
