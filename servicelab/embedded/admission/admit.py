"""What happens to an object between decoding and storing: defaults, allocation, validation."""

import random
from dataclasses import dataclass, field

from servicelab.embedded import facts
from servicelab.embedded.admission.causes import Invalid
from servicelab.embedded.admission.names import generated_name
from servicelab.embedded.admission.rules import RULES, Rules
from servicelab.embedded.api.structural import fit
from servicelab.embedded.resources import Resource
from servicelab.embedded.store import Object, Store, copy_of


@dataclass(frozen=True)
class Admitted:
    """What is to be stored, and what to tell the user although it is stored."""

    object: Object
    warnings: list[str] = field(default_factory=list)


def admit(
    store: Store,
    resource: Resource,
    new: Object,
    old: Object | None,
    randomness: random.Random,
    is_fitted: bool = False,
) -> Admitted:
    """Complete and judge one write; `old` is what is stored now (None for a create), `new` is not changed.

    Sets the name from `generateName`, defaults, `metadata.generation`, and what is allocated (virtual IPs, node
    ports), which counts only once the caller stores the object. For an update the caller has already put the old
    status into `new` (or, for the status subresource, the old everything else). `is_fitted`: `new` has been decoded, so
    it has the form that Go gives to objects of the kind. Raises Invalid (HTTP 422) or Refused (another refusal).
    """
    rules = RULES.get(resource.qualified, Rules())
    admitted = copy_of(new) if is_fitted else fit(facts.struct_of(resource), new)[0]
    metadata = admitted.setdefault("metadata", {})
    if old is None and not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generated_name(metadata["generateName"], randomness)
    rules.default(admitted)
    if store.note_owner is not None:
        store.note_owner(resource, admitted, old)
    if old is None and rules.new_status is not None:
        admitted["status"] = rules.new_status(admitted)
    rules.prepare(store, admitted, old, randomness)
    if rules.has_generation:
        _count_generation(admitted, old)
    try:
        rules.allocate(store, admitted, old, randomness)
        if found := rules.judge(admitted, old):
            raise Invalid(found)
    except Invalid as problem:
        name = metadata.get("name", "")
        problem.generated_name = "" if name == new["metadata"].get("name", "") else name
        raise
    rules.refuse(store, admitted, old)
    return Admitted(admitted, rules.warn(admitted, old))


def _count_generation(new: Object, old: Object | None) -> None:
    """`metadata.generation` counts the wishes: changes of anything but metadata and status."""
    before = 0 if old is None else old["metadata"].get("generation", 0)
    ignored = ("metadata", "status")
    is_same = old is not None and {k: v for k, v in new.items() if k not in ignored} == {
        k: v for k, v in old.items() if k not in ignored
    }
    new["metadata"]["generation"] = before if is_same else before + 1
