"""Many throw-away clusters with one exercise's fixture, for judging many submissions: prepared once, then copied.

Preparing takes most of the time of judging. The fixture stands ready once, with the reference's values; a copy of the
cluster gets a variant's in all objects of the exercise, where they stand as whole words, as its files do. Whether that
is the same as preparing the variant itself is tried out for each exercise; where it is not, nothing is copied.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from servicelab.checks import Lab, Names, Variant, controls_of, run_controls
from servicelab.checks.objects import TEMPLATE_HASH
from servicelab.cluster.embedded_cluster import ThrowawayCluster
from servicelab.course.catalogue import Course, Exercise
from servicelab.course.engine import load_grader, prepared
from servicelab.course.leftovers import RUN_LABEL
from servicelab.course.variant import reference, variant
from servicelab.embedded.core import Core
from servicelab.embedded.resources import EVENTS, Resource
from servicelab.embedded.store import Object

SEED = 1
TRIED_WITH = b"a variant to try with"
HASHES = (TEMPLATE_HASH, "controller.kubernetes.io/hash")
"""Labels of what was made of a template: of ReplicaSets, of revisions. Other values of a variant give others."""
VERSION = "resourceVersion"
WORD_ENDS = "\x01"
"""Marks in a text that what stands before it is a word, as `menu` in the name `menu-x7k2p` that a controller made."""
Kept = tuple[Resource, Object]


class ReadyMade:
    """The prepared fixture of an exercise. `fits` says whether copies of it are as good as preparing anew."""

    def __init__(self, exercise: Exercise, course: Course) -> None:
        own = reference(exercise)
        self._lab, self._core = _prepared(exercise, course, own)
        tried = variant(exercise, TRIED_WITH)
        spaces = self._lab.names.real.values()
        run = self._lab.names.on_cluster(self._lab.names.first).rpartition("-")[2]
        words = "|".join(re.escape(str(value)) for value in own.values.values())
        prefix = re.compile(rf'"({words})-(?!{run}")')
        self._same: list[Kept] = []
        self._varied: list[tuple[Resource, str, str]] = []
        for resource, one in self._core.objects():
            text = prefix.sub(rf'"\1{WORD_ENDS}-', _without_version(one))
            if any(space in text for space in spaces) and tried.rendered(text) != text:
                self._varied.append((resource, text, one["metadata"][VERSION]))
            else:
                self._same.append((resource, one))
        lab, core = _prepared(exercise, course, tried)
        self.fits = _described(self.copy(tried, SEED).names, self._core_of(tried, SEED)) == _described(lab.names, core)

    def copy(self, own: Variant, seed: int) -> Lab:
        """A cluster of its own with the fixture, ready, with a variant's values; the same `seed`, the same choices."""
        spaces = {own.rendered(name): real for name, real in self._lab.names.real.items()}
        names = replace(self._lab.names, real=spaces)  # the same Pods have the same addresses
        given = {(kind, own.rendered(space), own.rendered(name)) for kind, space, name in self._lab.given}
        core = self._core_of(own, seed)
        cluster = ThrowawayCluster(core=core)
        # the model that probes ask here; reading the same through the API takes a quarter of the time of judging
        network = core.world.network
        return Lab(cluster, names, given=frozenset(given), variant=own, read_network=lambda _: network())

    def _core_of(self, own: Variant, seed: int) -> Core:
        varied = [(resource, _with_version(own.rendered(text), version)) for resource, text, version in self._varied]
        return self._core.copy(seed, [*self._same, *varied])


def _prepared(exercise: Exercise, course: Course, own: Variant) -> tuple[Lab, Core]:
    """The fixture prepared as for any run, its controls passed; the cluster as it is before its namespaces go."""
    cluster = ThrowawayCluster(SEED)
    with prepared(exercise, course, cluster, own) as lab:
        run_controls(controls_of(load_grader(course.root / exercise.grader)), lab)
        return lab, cluster.core.copy(SEED)


def _without_version(one: Object) -> str:
    """An object as text to replace words in. Its version is a number in quotes, which is no word of the exercise."""
    return json.dumps({**one, "metadata": {**one["metadata"], VERSION: ""}}, sort_keys=True)


def _with_version(text: str, version: str) -> Object:
    found: Object = json.loads(text.replace(WORD_ENDS, ""))
    found["metadata"][VERSION] = version
    return found


def _described(names: Names, core: Core) -> list[str]:
    """All objects but Events, without what differs from one preparation to the next: versions, names made by chance."""
    kept = [one for resource, one in core.objects() if resource is not EVENTS]
    text = "\n".join(map(_without_version, kept))
    text = names.shown(text)
    for chosen in _chosen(kept):
        text = text.replace(chosen, "CHOSEN")
    return sorted(text.split("\n"))


def _chosen(objects: Iterable[Object]) -> set[str]:
    """The run's name, and the hashes in the names of Pods and revisions."""
    labels = [one["metadata"].get("labels") or {} for one in objects]
    return {found[label] for found in labels for label in (*HASHES, RUN_LABEL) if label in found}
