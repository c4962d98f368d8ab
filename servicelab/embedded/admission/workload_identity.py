"""What the API server itself writes into new and changed Jobs and DaemonSets."""

import random
import uuid

from servicelab.embedded.store import Object, Store

UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def number_template(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    """A DaemonSet's annotation counts its templates."""
    annotations = new["metadata"].setdefault("annotations", {})
    before = "0" if old is None else old["metadata"].get("annotations", {}).get(TEMPLATE_GENERATION, "0")
    is_new = old is None or old["spec"].get("template") != new["spec"].get("template")
    annotations[TEMPLATE_GENERATION] = str(int(before) + is_new)


def identify_job(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    """A Job finds its Pods by its own uid, unless `manualSelector` says that the manifest's selector does.

    A Job without labels has those of its Pods.
    """
    spec, metadata = new["spec"], new["metadata"]
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    if old is None and not spec.get("manualSelector"):
        uid = metadata.setdefault("uid", str(uuid.UUID(int=randomness.getrandbits(128), version=4)))
        for names, value in ((UID_LABELS, uid), (NAME_LABELS, metadata.get("name", ""))):
            for name in names:
                labels.setdefault(name, value)
        spec.setdefault("selector", {}).setdefault("matchLabels", {}).setdefault(UID_LABELS[0], uid)
    if labels and not metadata.get("labels"):
        metadata["labels"] = dict(labels)
