"""One engine behind every door: fresh namespaces, the fixture, the learner's manifests, the checks, and away again."""

import importlib.util
import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment, StatefulSet
from lightkube.resources.core_v1 import Namespace, Pod

from servicelab.checks import (
    Check,
    CheckResult,
    ExerciseResult,
    Lab,
    Names,
    Refusal,
    Variant,
    all_errors,
    checks_of,
    controls_of,
    read_answers,
    run_checks,
    run_controls,
)
from servicelab.checks.items import DAMAGED
from servicelab.checks.node_rules import NodeRules
from servicelab.checks.objects import is_namespaced, name_of, write
from servicelab.checks.pods import is_ready
from servicelab.cluster.base import Cluster, MachineError
from servicelab.cluster.confined import alone_with, check_ours, confined
from servicelab.cluster.machine.diagnosis import diagnosed
from servicelab.course import node_ports
from servicelab.course.admission import Admitted, admit
from servicelab.course.catalogue import Course, CourseError, Exercise, load_course
from servicelab.course.leftovers import PROCESS, RUN_LABEL, is_left, process
from servicelab.course.stand_ins import stand_ins
from servicelab.course.submission import Submission
from servicelab.course.variant import reference
from servicelab.manifests import Manifest, read
from servicelab.tracing.reading import read_state

logger = logging.getLogger(__name__)

EXERCISE_LABEL = "servicelab/exercise"
READY_WITHIN = 120.0
"""Seconds the given Pods may take, on a cold machine."""
Progress = Callable[[CheckResult], None]


def run(
    slug: str,
    submission: Submission,
    cluster: Cluster,
    *,
    course: Course | None = None,
    variant: Variant | None = None,
    progress: Progress = lambda _: None,
    ready: Lab | None = None,
) -> ExerciseResult:
    """Judge a submission on a cluster. What is not the learner's fault comes back as errors, never as a low score.

    `variant` is that of the learner whose submission it is; without one it is the reference's. `ready` is its fixture,
    when that stands on the cluster already; then nothing is prepared and nothing removed.

    Raises NoSuchExercise for an unknown slug and CourseError when the exercise itself is wrong.
    """
    course = course or load_course()
    exercise = course.exercise(slug)
    variant = variant or reference(exercise)
    checks = checks_for(exercise, course, variant)
    if sum(check.points for check in checks) != exercise.points:
        raise CourseError(f"{exercise.grader}: the points of its checks do not add up to {exercise.points}")
    try:
        on = cluster.describe_version()
    except Exception as error:
        return ExerciseResult(slug, all_errors(checks, error), "no cluster", course.version)
    try:
        with nullcontext(ready) if ready else prepared(exercise, course, cluster, variant) as lab:
            if not ready:
                run_controls(controls_of(load_grader(course.root / exercise.grader)), lab)
            told = course.policy.told
            results = run_checks(checks, submitted(exercise, submission, lab), lambda check: progress(told(check)))
            results = tuple(map(told, results))
    except CourseError:
        raise
    except Exception as error:
        # whatever breaks here, a cluster or our own code: it is not the learner's fault and costs no marks
        logger.info("the exercise %s could not be judged", slug, exc_info=True)
        results = all_errors(checks, diagnosed(error, cluster))
    return ExerciseResult(slug, results, on, course.version)


def checks_for(exercise: Exercise, course: Course, variant: Variant) -> list[Check]:
    """The checks of an exercise, with a learner's values in their titles."""
    grader = load_grader(course.root / exercise.grader)
    return [replace(check, title=variant.rendered(check.title)) for check in checks_of(grader)]


@cache
def load_grader(path: Path) -> ModuleType:
    """The grader's module, by path: graders/ is no package. CourseError when it cannot be imported."""
    name = f"servicelab_graders_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CourseError(f"{path}: no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CourseError(f"{path}: {error}") from error
    return module


@contextmanager
def prepared(exercise: Exercise, course: Course, cluster: Cluster, variant: Variant) -> Iterator[Lab]:
    """The variant's fixture, ready, in namespaces of its own, which are removed at the end."""
    run_id = secrets.token_hex(3)
    names = Names({name: f"{name}-{run_id}" for name in namespaces(exercise, variant)})
    check_ours(cluster)
    remove_leftovers(cluster)
    with alone_with(cluster, exercise.shares), node_ports.lent(cluster, variant, namespaces(exercise, variant)):
        try:
            given = _apply_fixture(exercise, course, cluster, names, run_id, variant)
            cluster.wait_until(
                "the exercise's Pods to be ready",
                lambda: are_up(exercise, cluster, names.real.values(), variant),
                timeout=READY_WITHIN,
            )
            names = replace(names, addresses=stand_ins(exercise, cluster, variant, names.on_cluster))
            yield Lab(cluster, names, given=given, variant=variant, read_network=read_state)
        finally:
            for namespace in names.real.values():
                _remove(cluster, namespace)


def remove_leftovers(cluster: Cluster, now: datetime | None = None) -> None:
    """Remove namespaces of runs that ended without doing so: their process is gone, or they are an hour old."""
    now = now or datetime.now(UTC)
    for namespace in cluster.api.list(Namespace, labels={RUN_LABEL: None}):
        metadata = namespace.metadata
        made = metadata.creationTimestamp if metadata else None
        if metadata and metadata.name and made and is_left(metadata.annotations, made, now):
            _remove(cluster, metadata.name)


def _apply_fixture(
    exercise: Exercise, course: Course, cluster: Cluster, names: Names, run_id: str, variant: Variant
) -> frozenset[tuple[str, str, str]]:
    labels = {RUN_LABEL: run_id, EXERCISE_LABEL: exercise.slug}
    annotations = {PROCESS: process()}
    for real in names.real.values():
        cluster.api.create(Namespace(metadata=ObjectMeta(name=real, labels=labels, annotations=annotations)))
    given = set()
    for manifest in fixture(exercise, course, variant):
        if manifest.kind == "Namespace":
            continue
        space = manifest.namespace or names.first
        given.add((manifest.kind, space, manifest.name))
        _write_patiently(cluster, manifest.object, names.on_cluster(space))
    return frozenset(given)


def namespaces(exercise: Exercise, variant: Variant) -> tuple[str, ...]:
    """The exercise's namespaces as this variant names them."""
    return tuple(variant.rendered(name) for name in exercise.namespaces)


def fixture(exercise: Exercise, course: Course, variant: Variant) -> tuple[Manifest, ...]:
    """What stands in the cluster before. CourseError when it is wrong."""
    path = course.root / exercise.fixture
    reading = read(variant.rendered(path.read_text("utf-8")), exercise.fixture)
    if reading.problems:
        raise CourseError(str(reading.problems[0]))
    for manifest in reading.manifests:
        known = manifest.namespace is None or manifest.namespace in namespaces(exercise, variant)
        if manifest.kind != "Namespace" and not (known and is_namespaced(manifest.api_version, manifest.kind)):
            raise CourseError(f"{exercise.fixture}: {manifest.kind} {manifest.name} is in none of its namespaces")
    return reading.manifests


def _write_patiently(cluster: Cluster, manifest: Mapping[str, Any], namespace: str) -> None:
    """A namespace's service account comes a moment after the namespace; until then its Pods are refused."""

    def written() -> bool:
        try:
            write(cluster.api, manifest, namespace)
        except ApiError as error:
            if error.status.code == 403 and "service account" in (error.status.message or ""):
                return False
            raise
        return True

    cluster.wait_until("the namespace's service account", written, timeout=30.0)


def are_up(
    exercise: Exercise,
    cluster: Cluster,
    spaces: Iterable[str],
    variant: Variant,
    counts: Callable[[Pod], bool] = lambda _: True,
) -> bool:
    """Whether the Pods of these namespaces are all there and ready, or run, where the exercise says `unready`.

    Only Pods that `counts` says yes to are looked at: a learner's own may be as they like.
    """
    unready = tuple(f"{variant.rendered(name)}-" for name in exercise.unready)

    def is_up(pod: Pod) -> bool:
        runs = pod.status is not None and pod.status.phase == "Running"
        return is_ready(pod) or (runs and name_of(pod).startswith(unready))

    for space in spaces:
        owners: list[Deployment | StatefulSet] = [*cluster.api.list(Deployment, namespace=space)]
        owners += cluster.api.list(StatefulSet, namespace=space)
        for owner in owners:
            wanted = (owner.spec and owner.spec.replicas) or 0
            if ((owner.status and owner.status.updatedReplicas) or 0) < wanted:
                return False
        if not all(is_up(pod) for pod in cluster.api.list(Pod, namespace=space) if counts(pod)):
            return False
    return True


def submitted(exercise: Exercise, submission: Submission, lab: Lab) -> Lab:
    """Apply what the learner wrote; the lab that comes back knows what was refused, and the answers."""
    admitted = admit(exercise, submission.manifests, lab.names)
    refusals = list(admitted.refusals)
    if not submission.notebook_ok or (submission.problems and not submission.manifests):
        refusals.append(Refusal(DAMAGED, {"problem": "\n".join(submission.problems)}))
    spaces = tuple(lab.names.real.values())
    # A cluster that outlives this run lets a submission do only what its exercise admits.
    api = confined(lab.cluster, spaces, exercise.kinds, exercise.pod_security) if admitted.manifests else lab.api
    changed = [manifest for manifest in admitted.manifests if manifest.kind == "Service" and _is_given(manifest, lab)]
    rules = NodeRules(lab.cluster) if changed else None
    for manifest in admitted.manifests:
        try:
            write(api, lab.names.in_manifest(manifest.object), lab.real(manifest.namespace))
        except ApiError as error:
            if (error.status.code or 500) >= 500:
                raise
            refusals.append(_rejected(manifest, error, admitted, lab))
            changed = [one for one in changed if one is not manifest]
    if rules and changed:
        rules.follow()
    made = tuple((one.kind, one.namespace or lab.names.first, one.name) for one in admitted.manifests)
    return replace(lab, refusals=tuple(refusals), made=made, answers=read_answers(submission.answers))


def _is_given(manifest: Manifest, lab: Lab) -> bool:
    return (manifest.kind, manifest.namespace or lab.names.first, manifest.name) in lab.given


def _rejected(manifest: Manifest, error: ApiError, admitted: Admitted, lab: Lab) -> Refusal:
    """The server's own words, with the lines they speak of."""
    message = lab.names.shown(error.status.message or "no reason given")
    fields = re.findall(r'unknown field "([^"]+)"', message)
    if error.status.details:
        fields += [cause.field for cause in error.status.details.causes or [] if cause.field]
    lines = sorted({manifest.position(field)[0] for field in fields})
    where = f"{manifest.file}, line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}" if lines else None
    surprises = [f"{problem}" for problem in admitted.surprises if problem.file == manifest.file]
    facts = {
        "object": f"{manifest.kind} {manifest.name}",
        "file": where or manifest.file,
        "words": "\n".join([message, *surprises]),
    }
    return Refusal("rejected-by-api", facts)


def _remove(cluster: Cluster, namespace: str) -> None:
    """Ask for a namespace to go; the cluster does it in its own time. What fails here must not hide a result."""
    try:
        node_ports.release(cluster, namespace)
        cluster.api.delete(Namespace, namespace)
    except ApiError as error:
        if error.status.code != 404:
            logger.warning("namespace %s was not removed: %s", namespace, error.status.message)
    except (MachineError, httpx2.HTTPError) as error:
        logger.warning("namespace %s was not removed: %s", namespace, error)
