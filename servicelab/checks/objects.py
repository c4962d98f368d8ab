"""Objects on the cluster: read by kind, written as kubectl would, with unknown fields refused."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.core.resource import api_info
from lightkube.core.resource_registry import resource_registry
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource
from lightkube.types import PatchType

STRICT = {"fieldValidation": "Strict"}


@cache
def _plain_class(api_version: str, kind: str) -> type[GenericNamespacedResource] | type[GenericGlobalResource]:
    """A lightkube class that keeps every field as written, where its typed ones drop what they do not know."""
    info = api_info(resource_registry.load(api_version, kind))
    base = GenericNamespacedResource if "global_list" in info.verbs else GenericGlobalResource
    return type(f"Plain{kind}", (base,), {"_api_info": info})


def write(client: Client, manifest: Mapping[str, Any], namespace: str | None) -> None:
    """Create the object, or merge into it when it is there already; the server validates strictly, as for kubectl.

    Raises lightkube's ApiError with the server's words, LoadResourceError for a kind nobody knows.
    """
    written: dict[str, Any] = {**manifest, "metadata": {**manifest["metadata"]}}
    if namespace is not None:
        written["metadata"]["namespace"] = namespace
    plain = _plain_class(manifest["apiVersion"], manifest["kind"])
    # lightkube has no argument for fieldValidation, and the server's default only warns of unknown fields
    request = client._client.request
    try:
        request("post", namespace=namespace, obj=plain(**written), params=STRICT)
    except ApiError as error:
        if error.status.reason != "AlreadyExists":
            raise
        headers = {"Content-Type": PatchType.MERGE.value}
        name = written["metadata"]["name"]
        request("patch", plain, obj=written, name=name, namespace=namespace, params=STRICT, headers=headers)


def is_namespaced(api_version: str, kind: str) -> bool:
    """Whether objects of this kind live in namespaces. LoadResourceError for a kind nobody knows."""
    return "global_list" in api_info(resource_registry.load(api_version, kind)).verbs
