"""Which of a learner's objects may go to the cluster: the kinds and namespaces their exercise lists, no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicelab.checks import Names, Refusal
from servicelab.course.catalogue import Exercise
from servicelab.course.pods import other_images, pod_spec, reaching_out
from servicelab.manifests import Manifest, Problem, read

FAR_REACHING = {"v1/Service": ("externalIPs",)}
"""Fields of `spec` that reach beyond a namespace: an external IP takes traffic for that address from the whole cluster,
also when it is another Service's."""


@dataclass(frozen=True)
class Admitted:
    """What to apply, in order, and why the rest is not applied; `surprises` by file name."""

    manifests: tuple[Manifest, ...]
    refusals: tuple[Refusal, ...]
    surprises: tuple[Problem, ...]


def admit(exercise: Exercise, texts: Mapping[str, str], names: Names) -> Admitted:
    """Sort what the learner wrote. A file with a problem is left out as a whole, as kubectl does."""
    manifests: list[Manifest] = []
    refusals: list[Refusal] = []
    surprises: list[Problem] = []
    for file in exercise.manifests:
        if file not in texts and texts:
            others = ", ".join(name for name in texts if name not in exercise.manifests) or "none"
            refusals.append(Refusal("manifest-missing", {"file": file, "others": others}))
        reading = read(texts.get(file, ""), file)
        surprises += reading.surprises
        if reading.problems:
            refusals.append(Refusal("invalid-yaml", {"problem": _sentences(reading.problems)}))
            continue
        for manifest in reading.manifests:
            if _is_given_namespace(manifest, names):
                continue
            refusal = _refusal(exercise, manifest, names)
            if refusal:
                refusals.append(refusal)
            else:
                manifests.append(manifest)
    return Admitted(tuple(manifests), tuple(refusals), tuple(surprises))


def _sentences(problems: Sequence[Problem]) -> str:
    return "\n".join(str(problem) for problem in problems[:5])


def _is_given_namespace(manifest: Manifest, names: Names) -> bool:
    """Writing out a namespace that is there anyway does no harm."""
    return (manifest.api_version, manifest.kind) == ("v1", "Namespace") and manifest.name in names.real


def _refusal(exercise: Exercise, manifest: Manifest, names: Names) -> Refusal | None:
    described = f"{manifest.kind} {manifest.name}"
    if f"{manifest.api_version}/{manifest.kind}" not in exercise.kinds:
        admitted = ", ".join(f"{kind.rpartition('/')[2]} ({kind.rpartition('/')[0]})" for kind in exercise.kinds)
        facts = {"file": manifest.file, "object": described, "version": manifest.api_version, "admitted": admitted}
        return Refusal("kind-not-admitted", facts)
    if manifest.namespace is not None and manifest.namespace not in names.real:
        facts = {
            "file": manifest.file,
            "object": described,
            "namespace": manifest.namespace,
            "admitted": ", ".join(names.real),
        }
        return Refusal("namespace-not-admitted", facts)
    spec = manifest.object.get("spec")
    for field in FAR_REACHING.get(f"{manifest.api_version}/{manifest.kind}", ()):
        if isinstance(spec, dict) and spec.get(field):
            line = manifest.position(f"spec.{field}")[0]
            facts = {"file": manifest.file, "line": str(line), "object": described, "field": f"spec.{field}"}
            return Refusal("field-not-admitted", facts)
    return _pods_refusal(exercise, manifest, described)


def _pods_refusal(exercise: Exercise, manifest: Manifest, described: str) -> Refusal | None:
    """Why the Pods that a manifest would make are not admitted."""
    found = pod_spec(manifest.kind, manifest.object)
    if found is None:
        return None
    facts = {"file": manifest.file, "object": described}
    for field in reaching_out(*found):
        return Refusal("field-not-admitted", {**facts, "line": str(manifest.position(field)[0]), "field": field})
    for field, image in other_images(*found, exercise.images):
        facts |= {"line": str(manifest.position(field)[0]), "image": image, "admitted": ", ".join(exercise.images)}
        return Refusal("image-not-admitted", facts)
    return None
