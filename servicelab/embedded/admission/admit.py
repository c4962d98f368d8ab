"""What happens to an object between decoding and storing: defaults, allocation, validation."""

import random
from dataclasses import dataclass, field

from servicelab.embedded.admission import causes
from servicelab.embedded.admission.causes import Invalid
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object, Store, copy_of

NAME_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes generated names of: no vowels and nothing that looks like them."""


@dataclass(frozen=True)
class Admitted:
    """What is to be stored, and what to tell the user although it is stored."""

    object: Object
    warnings: list[str] = field(default_factory=list)


def name_suffix(randomness: random.Random) -> str:
    """Five letters, as Kubernetes appends to `generateName`."""
    return "".join(randomness.choice(NAME_SUFFIX_LETTERS) for _ in range(5))


def admit(store: Store, resource: Resource, new: Object, old: Object | None, randomness: random.Random) -> Admitted:
    """Complete and judge one write; `old` is what is stored now (None for a create), `new` is not changed.

    Sets the name from `generateName`, defaults, `metadata.generation`, and what is allocated (virtual IPs, node
    ports), which counts only once the caller stores the object. For an update the caller has already put the old
    status into `new` (or, for the status subresource, the old everything else). Raises Invalid (HTTP 422) or
    Refused (another refusal).
    """
    admitted = copy_of(new)
    metadata = admitted.setdefault("metadata", {})
    if old is None and not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + name_suffix(randomness)
    if not metadata.get("name"):
        raise Invalid([causes.required("metadata.name", "name or generateName is required")])
    return Admitted(admitted)
