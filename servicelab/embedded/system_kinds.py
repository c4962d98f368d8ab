"""What a fresh cluster says of its Services' addresses and of its custom kinds."""

from typing import Any

from servicelab.embedded import facts
from servicelab.embedded.admission.allocation import SERVICE_NETWORK
from servicelab.embedded.controllers.service_addresses import addresses_of, create_address
from servicelab.embedded.resources import CUSTOM, CUSTOM_RESOURCE_DEFINITIONS, SERVICE_CIDRS, SERVICES, Resource
from servicelab.embedded.store import Object, Store


def install_addresses(store: Store, now: str) -> None:
    """The range of virtual IPs, and an IPAddress for each that a Service has already."""
    ready = {"type": "Ready", "status": "True", "reason": "", "message": "Kubernetes Service CIDR is ready"}
    range_of_services = {
        "metadata": {"name": "kubernetes", "finalizers": ["networking.k8s.io/service-cidr-finalizer"]},
        "spec": {"cidrs": [str(SERVICE_NETWORK)]},
        "status": {"conditions": [ready | {"lastTransitionTime": now}]},
    }
    _create(store, SERVICE_CIDRS, range_of_services)
    for service in list(store.objects(SERVICES)):
        for address in addresses_of(service):
            create_address(store, address, service["metadata"]["namespace"], service["metadata"]["name"])


def install_definitions(store: Store, now: str) -> None:
    """The CustomResourceDefinitions of MetalLB's kinds."""
    for resource in CUSTOM:
        spec = facts.definition(resource)
        if spec is not None:
            said = {"metadata": {"name": resource.qualified, "generation": 1}, "spec": spec}
            _create(store, CUSTOM_RESOURCE_DEFINITIONS, said | {"status": _definition_status(spec, now)})


def _definition_status(spec: dict[str, Any], now: str) -> dict[str, Any]:
    said = (
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    )
    return {
        "acceptedNames": spec["names"],
        "conditions": [
            {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
            for kind, reason, message in said
        ],
        "storedVersions": [version["name"] for version in spec["versions"] if version["storage"]],
    }


def _create(store: Store, resource: Resource, object: Object) -> None:
    store.create(resource, {"apiVersion": resource.api_version, "kind": resource.kind, **object})
