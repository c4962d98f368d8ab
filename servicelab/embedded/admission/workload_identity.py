"""What the API server itself writes into new and changed Jobs and DaemonSets."""

import random
import uuid

from servicelab.embedded.store import Object, Store

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def number_template(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    """A DaemonSet's annotation counts its templates."""
    annotations = new["metadata"].setdefault("annotations", {})
    before = "0" if old is None else old["metadata"].get("annotations", {}).get(TEMPLATE_GENERATION, "0")
    is_new = old is None or old["spec"].get("template") != new["spec"].get("template")
    annotations[TEMPLATE_GENERATION] = str(int(before) + is_new)


def identify_job(store: Store, new: Object, old: Object | None, randomness: random.Random) -> None:
    """A Job finds its Pods by its own uid, unless `manualSelector` says that the manifest's selector does."""
    spec, metadata = new["spec"], new["metadata"]
    if old is not None or spec.setdefault("manualSelector", False):
        return
    uid = metadata.setdefault("uid", str(uuid.UUID(int=randomness.getrandbits(128), version=4)))
    name = metadata.get("name", "")
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    labels |= {"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid}
    labels |= {"batch.kubernetes.io/job-name": name, "job-name": name}
    spec.setdefault("selector", {}).setdefault("matchLabels", {})["batch.kubernetes.io/controller-uid"] = uid
