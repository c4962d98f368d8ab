"""What the cluster's DNS answers to a Pod."""

from collections.abc import Sequence

from lightkube.resources.core_v1 import Service

from servicelab.checks.causes import Failure
from servicelab.checks.evidence import typed
from servicelab.checks.lab import Lab
from servicelab.checks.objects import name_of
from servicelab.checks.words import listed


def dig(lab: Lab, name: str, type: str = "A") -> list[str]:
    """The short answer to `dig` in the Pod client of the first namespace, by lines; `name` as it is on the cluster."""
    return lab.cluster.execute(lab.real(None), "client", ["dig", "+short", name, type]).stdout.splitlines()


def addresses(lab: Lab, name: str) -> list[str]:
    """The IPv4 addresses to which a name leads in the end, in order; `name` as it is on the cluster."""
    return sorted(line for line in dig(lab, name) if not line.endswith("."))  # with a dot: an alias on the way


def why_elsewhere(service: Service, found: Sequence[str], expected: str, meant: str = "") -> Failure:
    """Why the name of a Service, which is to be an alias, leads to the addresses `found`, or to none; `meant` is the
    whole name of the Service to which it may lead."""
    name, spec = name_of(service), service.spec
    if spec is None or spec.type != "ExternalName":
        return Failure("not-an-alias", expected, typed(service), name=name, found=listed(found) or "nothing")
    has = f"in the DNS {meant.partition('.')[0]} has {meant}"
    seen = f"Service {name} spec.externalName is {spec.externalName}, but {has}." if meant else ""
    if not found:
        return Failure("alias-to-nothing", expected, seen, name=name, external_name=spec.externalName)
    return Failure("alias-to-another", expected, seen, name=name, external_name=spec.externalName, found=listed(found))
