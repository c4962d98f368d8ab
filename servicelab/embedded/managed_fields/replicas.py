"""Who owns `spec.replicas`, as the scale subresource sees it and as the object itself tells it."""

from servicelab.embedded.managed_fields.field_set import LEAF, Fields, contains, difference
from servicelab.embedded.managed_fields.managers import Entries, Entry

PATH = ("f:spec", "f:replicas")
REPLICAS: Fields = {"f:spec": {"f:replicas": LEAF}}


def of_scale(entries: Entries) -> Entries:
    """The entries of an object's Scale."""
    return {
        identity: Entry(entry.manager, REPLICAS, entry.time)
        for identity, entry in entries.items()
        if contains(entry.fields, PATH)
    }


def of_object(before: Entries, scale: Entries) -> Entries:
    """The entries of the object after those of its Scale became `scale`. Who is new there has no time, as on kind."""
    after: Entries = {}
    for identity, entry in before.items():
        fields = entry.fields if identity in scale else difference(entry.fields, REPLICAS)
        if fields is entry.fields:
            after[identity] = entry
        elif fields:
            after[identity] = Entry(entry.manager, fields, entry.time)
    for identity, entry in scale.items():
        if identity not in after and contains(entry.fields, PATH):
            after[identity] = Entry(entry.manager, REPLICAS, None)
    return after
