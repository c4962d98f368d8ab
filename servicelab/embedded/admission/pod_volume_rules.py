"""Volumes of a Pod and how containers mount them."""

from typing import Any

from servicelab.embedded.admission import causes, words
from servicelab.embedded.admission.causes import Cause
from servicelab.embedded.api.quantity import amount

Json = dict[str, Any]
NAME_OF_SOURCE = {"configMap": "name", "secret": "secretName", "hostPath": "path", "persistentVolumeClaim": "claimName"}
"""The field without which a volume of this type makes no sense."""
HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)  # fmt: skip
PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
LARGEST_MODE = 0o777
MODE_WORDS = "must be a number between 0 and 0777 (octal), both inclusive"
FILE_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
ONE_OF_MANY = ("metadata.labels['", "metadata.annotations['")


def judge_volumes(volumes: list[Json], field: str) -> list[Cause]:
    """`volumes` of a Pod."""
    found, names = [], set()
    for index, volume in enumerate(volumes):
        place, name = f"{field}[{index}]", volume.get("name", "")
        sources = [key for key in volume if key != "name"]
        detail = "may not specify more than 1 volume type"
        found += [causes.forbidden(f"{place}.{source}", detail) for source in sources[1:]]
        for source in sources[:1]:
            found += _judge_source(source, volume[source], f"{place}.{source}")
        if not name:
            found.append(causes.required(f"{place}.name"))
        else:
            found += [causes.invalid(f"{place}.name", name, problem) for problem in words.label(name)]
        if name in names:
            found.append(causes.duplicate(f"{place}.name", name))
        names.add(name)
    return found


def _judge_source(kind: str, source: Json, field: str) -> list[Cause]:
    found = []
    needed = NAME_OF_SOURCE.get(kind)
    if needed and not source.get(needed):
        found.append(causes.required(f"{field}.{needed}"))
    if kind == "hostPath":
        found += [causes.invalid(f"{field}.path", source["path"], p) for p in _upwards(source.get("path", ""))]
        if source["type"] not in HOST_PATH_TYPES:
            found.append(causes.not_supported(f"{field}.type", source["type"], HOST_PATH_TYPES))
    if not 0 <= source.get("defaultMode", 0) <= LARGEST_MODE:
        found.append(causes.invalid(f"{field}.defaultMode", source["defaultMode"], MODE_WORDS))
    if kind == "emptyDir" and amount(source.get("sizeLimit", "0")) < 0:
        found.append(causes.forbidden(f"{field}.sizeLimit", "SizeLimit field must be a valid resource quantity"))
    if kind == "downwardAPI":
        return found + _judge_downward(source, field)
    for index, item in enumerate(source.get("items", [])):
        found += _judge_item(item, f"{field}.items[{index}]")
    return found


def _judge_item(item: Json, field: str) -> list[Cause]:
    """One file of a ConfigMap or Secret."""
    found = [] if item.get("key") else [causes.required(f"{field}.key")]
    path = item.get("path", "")
    if not path:
        return [*found, causes.required(f"{field}.path")]
    return found + [causes.invalid(f"{field}.path", path, problem) for problem in _relative(path)]


def _judge_downward(source: Json, field: str) -> list[Cause]:
    found = []
    for item in source.get("items", []):
        path = item.get("fieldRef", {}).get("fieldPath", "")
        if path and path not in FILE_FIELDS and not path.startswith(ONE_OF_MANY):
            found.append(causes.not_supported(f"{field}.fieldRef.fieldPath", path, FILE_FIELDS))
    return found


def judge_mounts(mounts: list[Json], volumes: set[str], field: str) -> list[Cause]:
    """`volumeMounts` of a container; `volumes` are the names there are."""
    found, paths = [], set()
    for index, mount in enumerate(mounts):
        place, name, path = f"{field}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            found.append(causes.required(f"{place}.name"))
        if name not in volumes:
            found.append(causes.not_found(f"{place}.name", name))
        if not path:
            found.append(causes.required(f"{place}.mountPath"))
        if path in paths:
            found.append(causes.invalid(f"{place}.mountPath", path, "must be unique"))
        paths.add(path)
        for name in ("subPath", "subPathExpr"):
            problems = _relative(mount[name]) if mount.get(name) else []
            found += [causes.invalid(f"{field}.{name}", mount[name], problem) for problem in problems]
        if mount.get("subPath") and mount.get("subPathExpr"):
            detail = "subPathExpr and subPath are mutually exclusive"
            found.append(causes.invalid(f"{place}.subPathExpr", mount["subPathExpr"], detail))
        propagation = mount.get("mountPropagation")
        if propagation is not None and propagation not in PROPAGATIONS:
            found.append(causes.not_supported(f"{field}.mountPropagation", propagation, PROPAGATIONS))
    return found


def _relative(path: str) -> list[str]:
    return (["must be a relative path"] if path.startswith("/") else []) + _upwards(path)


def _upwards(path: str) -> list[str]:
    return ["must not contain '..'"] if ".." in path.split("/") else []
