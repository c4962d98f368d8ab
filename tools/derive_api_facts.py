"""Derives `servicelab/embedded/facts/kubernetes.json` from a real API server and from the Go types of the same release.

    python tools/derive_api_facts.py KUBECONFIG

Needs a running cluster (kind will do) with MetalLB, and the `go` command, which fetches Kubernetes' modules of types.
Only facts are kept: names, types, field numbers, enums, merge keys, table columns, discovery, definitions of custom
kinds. No descriptions.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import KubeConfig

from servicelab.embedded.resources import CUSTOM, RESOURCES

OUTPUT = Path(__file__).parent.parent / "servicelab" / "embedded" / "facts" / "kubernetes.json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
REVIEWS = {
    "authentication.k8s.io/v1": {"selfsubjectreviews"},
    "authorization.k8s.io/v1": {"selfsubjectaccessreviews", "selfsubjectrulesreviews"},
}
"""What `kubectl auth` posts; nothing of it is stored."""
EXTRA_SCHEMAS = (
    "io.k8s.api.autoscaling.v1.Scale",
    "io.k8s.api.authentication.v1.SelfSubjectReview",
    "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
    "io.k8s.api.policy.v1.Eviction",
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
)
GO_PACKAGES = {
    "k8s.io/api": (
        "core/v1",
        "apps/v1",
        "discovery/v1",
        "autoscaling/v1",
        "authentication/v1",
        "authorization/v1",
        "networking/v1",
        "coordination/v1",
        "batch/v1",
        "policy/v1",
    ),
    "k8s.io/apiextensions-apiserver": ("pkg/apis/apiextensions/v1",),
    "k8s.io/apimachinery": ("pkg/apis/meta/v1",),
}
SCALARS = {"string", "bool", "int32", "int64", "float64", "int", "byte"}
OWN_DECODERS = {
    "metav1.Time": "time",
    "metav1.MicroTime": "microtime",
    "intstr.IntOrString": "int-or-string",
    "resource.Quantity": "quantity",
    "runtime.RawExtension": "any",
    "metav1.FieldsV1": "any",
    "JSON": "any",
    "JSONSchemaPropsOrArray": "any",
    "JSONSchemaPropsOrBool": "any",
    "JSONSchemaPropsOrStringArray": "any",
}
"""Go types that read JSON in their own way, by the word the embedded cluster uses for each."""


class Cluster:
    """The API server of a kubeconfig's current context."""

    def __init__(self, kubeconfig: Path) -> None:
        config = KubeConfig.from_file(kubeconfig).get()
        if config is None:
            raise SystemExit(f"{kubeconfig} names no cluster")
        self._client = Client(config, ConnectionParams(trust_env=False))

    def get(self, path: str, accept: str = "application/json") -> Any:
        """The decoded JSON answer."""
        return self._client.get(path, headers={"Accept": accept}).raise_for_status().json()


def without_descriptions(value: Any, inside_properties: bool = False) -> Any:
    """The schema without prose; a property that is called `description` stays."""
    if isinstance(value, list):
        return [without_descriptions(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_descriptions(item, key == "properties" and not inside_properties)
        for key, item in value.items()
        if inside_properties or key != "description"
    }


def references(schema: Any) -> set[str]:
    """The names of all schemas this one mentions."""
    found: set[str] = set()
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            found.add(schema["$ref"].rsplit("/", 1)[-1])
        for item in schema.values():
            found |= references(item)
    elif isinstance(schema, list):
        for item in schema:
            found |= references(item)
    return found


def schemas_of(cluster: Cluster) -> dict[str, Any]:
    """All schemas our kinds reach."""
    group_versions = {resource.api_version for resource in RESOURCES} | {"autoscaling/v1", *REVIEWS}
    known: dict[str, Any] = {}
    for group_version in sorted(group_versions):
        path = f"apis/{group_version}" if "/" in group_version else f"api/{group_version}"
        known |= cluster.get(f"/openapi/v3/{path}")["components"]["schemas"]
    wanted = {(resource.group, resource.version, resource.kind) for resource in RESOURCES}
    todo = set(EXTRA_SCHEMAS) | {
        name
        for name, schema in known.items()
        for kind in schema.get("x-kubernetes-group-version-kind", [])
        if (kind["group"], kind["version"], kind["kind"]) in wanted and ".apimachinery." not in name
    }
    reached: dict[str, Any] = {}
    while todo:
        name = todo.pop()
        reached[name] = schema = without_descriptions(known[name])
        if ".apimachinery." in name:  # these list every group of Kubernetes
            schema.pop("x-kubernetes-group-version-kind", None)
        todo |= references(schema) - set(reached)
    return dict(sorted(reached.items()))


def discovery_of(cluster: Cluster) -> dict[str, Any]:
    """Per group and version, in the server's order, the discovery entries of our kinds and of their subresources."""
    wanted: dict[str, set[str]] = {version: set(names) for version, names in REVIEWS.items()}
    for resource in RESOURCES:
        wanted.setdefault(resource.api_version, set()).add(resource.plural)
    served = [version["groupVersion"] for group in cluster.get("/apis")["groups"] for version in group["versions"]]
    discovered = {}
    for group_version in ["v1", *served]:
        if group_version in wanted:
            path = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
            discovered[group_version] = [
                entry
                for entry in cluster.get(path)["resources"]
                if entry["name"].partition("/")[0] in wanted[group_version]
            ]
    return discovered


def definitions_of(cluster: Cluster) -> dict[str, Any]:
    """The specs of the definitions of our custom kinds, by the kind's qualified name."""
    root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    found = {resource.qualified: cluster.get(f"{root}/{resource.qualified}") for resource in CUSTOM}
    return {name: without_descriptions(definition["spec"]) for name, definition in found.items()}


def columns_of(cluster: Cluster) -> dict[str, Any]:
    """Per kind the table columns: name, type, format, priority."""
    columns = {}
    for resource in RESOURCES:
        prefix = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
        table = cluster.get(f"{prefix}/{resource.plural}?limit=1", TABLE)
        columns[resource.qualified] = [
            [column["name"], column["type"], column["format"], column["priority"]]
            for column in table["columnDefinitions"]
        ]
    return columns


class GoTypes:
    """The structs and named types of Kubernetes' API packages, read from their source."""

    def __init__(self, version: str) -> None:
        self.structs: dict[str, str] = {}
        self.named: dict[str, str] = {}
        for module, packages in GO_PACKAGES.items():
            folder = self._download(module, version)
            for package in packages:
                for file in sorted((folder / package).glob("types*.go")):
                    self._read(file.read_text(), self._prefix(module, package))

    @staticmethod
    def _prefix(module: str, package: str) -> str:
        return f"io.{module.replace('/', '.').replace('k8s.io', 'k8s', 1)}.{package.replace('/', '.')}"

    @staticmethod
    def _download(module: str, version: str) -> Path:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["go", "mod", "init", "facts"], cwd=folder, check=True, capture_output=True)
            done = subprocess.run(
                ["go", "mod", "download", "-json", f"{module}@{version}"],
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
            )
        return Path(json.loads(done.stdout)["Dir"])

    def _read(self, source: str, prefix: str) -> None:
        source = re.sub(r"(?s)/\*.*?\*/", "", source)
        source = re.sub(r"(?m)^\s*//.*$", "", source)
        for name, body in re.findall(r"(?ms)^type (\w+) struct \{\n(.*?)^\}", source):
            self.structs[f"{prefix}.{name}"] = body
        for name in re.findall(r"(?m)^type (\w+) struct ?\{\}", source):
            self.structs[f"{prefix}.{name}"] = ""
        for name, underlying in re.findall(r"(?m)^type (\w+) (?!struct|interface|func)(\S.*?)(?:\s*//.*)?$", source):
            self.named[f"{prefix}.{name}"] = underlying

    def fields(self, name: str) -> list[list[Any]]:
        """Per field: JSON name (None when inlined), type, how JSON omits it, protobuf number, Go's own type name."""
        package = name.rpartition(".")[0]
        fields = []
        for line in self.structs[name].splitlines():
            match = re.match(r"\s*(?:\w+\s+)?([\w.*\[\]]+)\s+`(.*)`", line)
            if not match:
                continue
            go_type, tags = match[1], dict(re.findall(r'(\w+):"([^"]*)"', match[2]))
            words = tags.get("json", "").split(",")
            if words[0] == "-" or go_type.endswith("TypeMeta"):
                continue
            number = int(tags["protobuf"].split(",")[1]) if "protobuf" in tags else 0
            omitted = "z" if "omitzero" in words else "e" if "omitempty" in words else ""
            inlined = "inline" in words
            fields.append(
                [
                    None if inlined else words[0],
                    self._resolve(go_type, package),
                    omitted,
                    number,
                    self._printed(go_type, package),
                ]
            )
        return fields

    def _qualified(self, go_type: str, package: str) -> str:
        qualifier, _, name = go_type.rpartition(".")
        if qualifier in ("metav1", ""):
            base = "io.k8s.apimachinery.pkg.apis.meta.v1" if qualifier else package
            return f"{base}.{name}"
        if qualifier in ("v1", "corev1"):
            return f"io.k8s.api.core.v1.{name}"
        return go_type

    def _resolve(self, go_type: str, package: str) -> str:
        """The type in our own words: scalars, `[]T`, `map:T`, `*T`, `@schema` for structs."""
        if go_type.startswith("*"):
            return "*" + self._resolve(go_type[1:], package)
        if go_type == "[]byte":
            return "bytes"
        if go_type.startswith("[]"):
            return "[]" + self._resolve(go_type[2:], package)
        if go_type.startswith("map["):
            return "map:" + self._resolve(go_type.partition("]")[2], package)
        if go_type in SCALARS:
            return "int32" if go_type == "int" else go_type
        own = go_type if "." in go_type else f"metav1.{go_type}" if "meta.v1" in package else go_type
        if own in OWN_DECODERS:
            return OWN_DECODERS[own]
        if go_type == "types.UID" or go_type == "types.NodeName":
            return "string"
        qualified = self._qualified(go_type, package)
        if qualified in self.named:
            return self._resolve(self.named[qualified], qualified.rpartition(".")[0])
        if qualified in self.structs:
            return f"@{qualified}"
        raise SystemExit(f"{package}: do not know the Go type {go_type}")

    def _printed(self, go_type: str, package: str) -> str:
        """The type as Go's own error messages print it; pointers are followed."""
        go_type = go_type.removeprefix("*")
        if go_type.startswith("[]"):
            return "[]" + self._printed_element(go_type[2:], package)
        if go_type.startswith("map["):
            key, _, value = go_type[4:].partition("]")
            return f"map[{self._printed_element(key, package)}]{self._printed_element(value, package)}"
        return self._printed_element(go_type, package)

    def _printed_element(self, go_type: str, package: str) -> str:
        star = "*" if go_type.startswith("*") else ""
        go_type = go_type.removeprefix("*")
        if go_type in SCALARS or go_type.startswith(("[]", "map[")):
            return star + {"byte": "uint8"}.get(go_type, go_type)
        last_package = package.rpartition(".")[2]
        qualifier, _, name = go_type.rpartition(".")
        return f"{star}{ {'metav1': 'v1', 'corev1': 'v1', '': last_package}.get(qualifier, qualifier) }.{name}"

    def reached_from(self, names: set[str]) -> dict[str, list[list[Any]]]:
        """The fields of these structs and of all they contain."""
        todo, reached = {name for name in names if name in self.structs}, {}
        while todo:
            name = todo.pop()
            reached[name] = fields = self.fields(name)
            todo |= {match for field in fields for match in re.findall(r"@(.+)", field[1])} - set(reached)
        return dict(sorted(reached.items()))


def main() -> None:
    """Write the data file."""
    cluster = Cluster(Path(sys.argv[1]))
    version = cluster.get("/version")
    release = version["gitVersion"]
    schemas = schemas_of(cluster)
    types = GoTypes("v0." + release.removeprefix("v1."))
    facts = {
        "kubernetes": release,
        "version": {key: value for key, value in version.items() if key.lower().endswith(("major", "minor"))},
        "discovery": discovery_of(cluster),
        "columns": columns_of(cluster),
        "definitions": definitions_of(cluster),
        "schemas": schemas,
        "structs": types.reached_from(set(schemas)),
    }
    OUTPUT.write_text(json.dumps(facts, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(f"wrote {OUTPUT.name}: {OUTPUT.stat().st_size} bytes, {len(schemas)} schemas")


if __name__ == "__main__":
    main()
