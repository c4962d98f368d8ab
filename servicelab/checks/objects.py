"""Objects on the cluster: read by kind, written as kubectl would, with unknown fields refused."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.core.resource import api_info
from lightkube.core.resource_registry import resource_registry
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod, Service
from lightkube.resources.discovery_v1 import EndpointSlice
from lightkube.types import PatchType

Found = TypeVar("Found")
Named = Pod | Service | EndpointSlice
TEMPLATE_HASH = "pod-template-hash"
"""A label that tells Pods of one template from those of another; the cluster gives it."""

STRICT = {"fieldValidation": "Strict"}
TRIED = {**STRICT, "dryRun": "All"}
APPLIED = {**STRICT, "fieldManager": "servicelab", "force": "true"}
TAKEN = "provided port is already allocated"
"""Why a Service with a chosen node port cannot be made when it is there already: it has the port itself."""


@cache
def _plain_class(api_version: str, kind: str) -> type[GenericNamespacedResource] | type[GenericGlobalResource]:
    """A lightkube class that keeps every field as written, where its typed ones drop what they do not know."""
    info = api_info(resource_registry.load(api_version, kind))
    base = GenericNamespacedResource if "global_list" in info.verbs else GenericGlobalResource
    return type(f"Plain{kind}", (base,), {"_api_info": info, "metadata": property(_metadata)})


def _metadata(written: Mapping[str, Any]) -> ObjectMeta:
    """All that lightkube needs to know: the server judges the rest, in its own words."""
    return ObjectMeta(namespace=written["metadata"].get("namespace"))


def write(client: Client, manifest: Mapping[str, Any], namespace: str | None) -> None:
    """Create the object, or change it when it is there already, as kubectl apply does: what was written before and no
    longer is goes away. The server validates strictly.

    Raises lightkube's ApiError with the server's words, LoadResourceError for a kind nobody knows.
    """
    written: dict[str, Any] = {**manifest, "metadata": {**manifest["metadata"]}}
    if namespace is not None:
        written["metadata"]["namespace"] = namespace
    plain = _plain_class(manifest["apiVersion"], manifest["kind"])
    place = {"name": written["metadata"]["name"], "namespace": namespace}
    # lightkube has no argument for fieldValidation, and the server's default only warns of unknown fields
    request = client._client.request
    try:  # tried first, for an apply is refused in other words than those that learners read of kubectl
        request("post", namespace=namespace, obj=plain(**written), params=TRIED)
    except ApiError as error:
        may_be_there = error.status.reason == "AlreadyExists" or TAKEN in (error.status.message or "")
        if not may_be_there or find(client, plain, **place) is None:
            raise
    headers = {"Content-Type": PatchType.APPLY.value}
    request("patch", plain, obj=written, params=APPLIED, headers=headers, **place)


def find(client: Client, kind: type[Found], name: str, namespace: str | None) -> Found | None:
    """An object, or None. `kind` is a class of lightkube's."""
    try:
        # lightkube's overloads tell kinds with and without a namespace apart, which a name of either cannot
        return cast(Found, client.get(cast(Any, kind), name, namespace=namespace))
    except ApiError as error:
        if error.status.code == 404:
            return None
        raise


def name_of(found: Named) -> str:
    """An object's name."""
    return (found.metadata and found.metadata.name) or ""


def is_namespaced(api_version: str, kind: str) -> bool:
    """Whether objects of this kind live in namespaces. LoadResourceError for a kind nobody knows."""
    return "global_list" in api_info(resource_registry.load(api_version, kind)).verbs
