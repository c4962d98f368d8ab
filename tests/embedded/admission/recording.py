"""Admission cases: how they are written, how an object is made comparable, and where the recordings of kind are.

A file of cases is a list, or a mapping of a `base` and the list `cases`. A manifest without `kind` is a change (a
merge patch) of the base; its `container` is a change of the base's first container. A case has a `name`, the writes
that stand there `before` (manifests, or writes), and one write that is judged:

| write | what is sent |
|---|---|
| `create` | POST of a manifest |
| `put` | PUT of a manifest |
| `edit` | PUT of what is stored, with this merge patch made |
| `patch`, `strategic`, `json` | PATCH: a merge patch, a strategic merge patch, a JSON patch |
| `apply` | what `kubectl apply` sends for a manifest |
| `delete` | DELETE (only before) |

`subresource: status` sends it to the subresource. `QUARTER_MEGABYTE` stands for so many letters.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from servicelab.embedded.controllers.programs import AGNHOST
from servicelab.embedded.resources import RESOURCES

FOLDER = Path(__file__).parent / "cases"
THEMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))
NAMESPACE = "cases"
VERBS = ("create", "put", "edit", "patch", "strategic", "json", "apply", "delete")
WITH_MANIFEST = ("create", "put", "apply")
UNSTEADY = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink")
BY_KIND = {resource.kind: resource for resource in RESOURCES}
UNIQUE = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
WITH_CONTROLLERS = ("StatefulSet", "DaemonSet", "Job", "PodDisruptionBudget", "ServiceCIDR", "IPAddressPool")
"""Kinds whose status a controller may have changed meanwhile, once they stand there."""
OF_A_NETWORK = ("cni.projectcalico.org/podIP", "metallb.io/ip-allocated-from-pool")
"""Annotations that a network plug-in or load balancer of the real cluster adds."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

Json = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """One request that changes an object; `body` is a manifest, a patch, or nothing."""

    verb: str
    body: Any
    subresource: str = ""


@dataclass(frozen=True)
class Case:
    """One write, and the writes before it."""

    theme: str
    name: str
    before: tuple[Write, ...]
    last: Write

    @property
    def create(self) -> Json | None:
        """The manifest that is created, if the case creates one."""
        return self.last.body if self.last.verb == "create" else None

    @property
    def asked(self) -> str:
        """All that the case says, to tell chosen values from allocated ones."""
        return json.dumps([[write.body for write in self.before], self.last.body])


def cases(theme: str) -> list[Case]:
    """The cases of one file, with apiVersion, namespace and image (`IMAGE`) filled in."""
    text = (FOLDER / f"{theme}.yaml").read_text(encoding="utf-8").replace("IMAGE", AGNHOST)
    content = yaml.safe_load(text)
    base, entries = (content.get("base"), content["cases"]) if isinstance(content, dict) else (None, content)
    return [
        Case(
            theme,
            str(entry["name"]),
            tuple(_write(one if _verb(one) else {"create": one}, base) for one in entry.get("before", [])),
            _write(entry, base),
        )
        for entry in json.loads(json.dumps(entries).replace("QUARTER_MEGABYTE", "a" * 262_144))
    ]


def recorded(theme: str) -> Json:
    """What kind answered, by case name."""
    found: Json = json.loads((FOLDER / f"{theme}.json").read_text(encoding="utf-8"))["cases"]
    return found


def _verb(entry: Mapping[str, Any]) -> str:
    return next((verb for verb in VERBS if verb in entry), "")


def _write(entry: Mapping[str, Any], base: Json | None) -> Write:
    verb = _verb(entry)
    body = _complete(entry[verb], base) if verb in WITH_MANIFEST else entry[verb]
    return Write(verb, body, entry.get("subresource", ""))


def _complete(manifest: Json, base: Json | None) -> Json:
    if "kind" not in manifest:
        assert base is not None, manifest
        change = dict(manifest)
        of_container = change.pop("container", {})
        manifest = json.loads(json.dumps(merged(base, change)))
        if of_container:
            spec = manifest["spec"].get("template", manifest)["spec"]
            spec["containers"][0] = merged(spec["containers"][0], of_container)
    kind = manifest["kind"]
    complete: Json = json.loads(json.dumps({"apiVersion": BY_KIND[kind].api_version, **manifest}))
    if BY_KIND[kind].namespaced:
        complete["metadata"].setdefault("namespace", NAMESPACE)
    return complete


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386, JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def comparable(case: Case, object: Json, before: Json | None = None) -> Json:
    """The object without what differs from run to run.

    Identities and times are left out. Values that nobody asked for are KEPT where they are as in `before` (what was
    stored until this write), else ALLOCATED.
    """
    steady = json.loads(re.sub(r"kube-api-access-\w{5}", "kube-api-access-XXXXX", json.dumps(object)))
    metadata = steady["metadata"]
    for key in UNSTEADY:
        metadata.pop(key, None)
    name, base = metadata["name"], metadata.get("generateName", "")
    if base and name[:-5] == base[:58]:
        steady = json.loads(json.dumps(steady).replace(f'"{name}"', f'"{name[:-5]}XXXXX"'))
        metadata = steady["metadata"]
    if "deletionTimestamp" in metadata:
        metadata["deletionTimestamp"] = "NOW"
    for condition in steady.get("status", {}).get("conditions", []) if steady["kind"] == "Pod" else []:
        condition["lastTransitionTime"] = "NOW"
    if steady["kind"] == "Service":
        _name_allocated(case.asked, steady, before)
    if steady["kind"] == "Pod" and case.last.verb != "create":
        # A Pod that stands there already has been scheduled and started meanwhile.
        steady.pop("status", None)
        steady["spec"].pop("nodeName", None)
    if steady["kind"] in WITH_CONTROLLERS and case.last.verb != "create":
        steady.pop("status", None)
    if steady["kind"] in ("Deployment", "ReplicaSet"):
        steady.pop("status", None)
        _without_annotations(metadata, ["deployment.kubernetes.io/revision"])
    _without_annotations(metadata, OF_A_NETWORK)
    return steady


def _without_annotations(metadata: Json, names: Any) -> None:
    annotations = metadata.get("annotations", {})
    for name in names:
        annotations.pop(name, None)
    if not annotations:
        metadata.pop("annotations", None)


def _name_allocated(asked: str, service: Json, before: Json | None) -> None:
    """A Service's addresses and node ports, by where they come from."""
    spec, stored = service["spec"], (before or {}).get("spec", {})

    def named(value: Any, kept: bool) -> Any:
        return value if str(value) in asked else "KEPT" if kept else "ALLOCATED"

    if spec.get("clusterIP"):
        spec["clusterIP"] = named(spec["clusterIP"], spec["clusterIP"] == stored.get("clusterIP"))
    if spec.get("clusterIPs"):
        spec["clusterIPs"] = [named(ip, ip in stored.get("clusterIPs", [])) for ip in spec["clusterIPs"]]
    ports = [port.get("nodePort") for port in stored.get("ports", [])]
    for port in spec.get("ports", []):
        if "nodePort" in port:
            port["nodePort"] = named(port["nodePort"], port["nodePort"] in ports)
    if "healthCheckNodePort" in spec:
        check = spec["healthCheckNodePort"]
        spec["healthCheckNodePort"] = named(check, check == stored.get("healthCheckNodePort"))
    if "ingress" not in asked and spec.get("type") == "LoadBalancer":
        service["status"] = {"loadBalancer": {}}  # what the real cluster's load balancer may have said meanwhile
