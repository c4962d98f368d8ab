"""Records what a real cluster answers to the admission cases.

python -m tests.embedded.admission.record KUBECONFIG [THEME…]

Makes a Namespace of its own, plays each case (creates as dry runs where nothing has to stand there first), writes
cases/*.json, and removes the Namespace. `apply` needs kubectl on the PATH, which says what it would send.
"""

import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.embedded.admission.recording import (
    BY_KIND,
    FOLDER,
    NAMESPACE,
    UNIQUE,
    Case,
    Json,
    Write,
    cases,
    comparable,
    merged,
)
from tests.support.api_client import api_client

PATCHES = {
    "patch": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
EDITS = 5
RELEASE = 0.1
"""Seconds in which a deleted Service's node ports are free again."""
PATIENCE = 30
"""Seconds to wait for one answer."""
Reply = tuple[int, Any, list[str]]
"""Code, answer and warnings."""


class Server(Protocol):
    """An API server that cases are played on.

    `releases_late`: how often to ask again for an address or node port that is not free yet.
    """

    releases_late: int

    def send(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Reply:
        """One request."""

    def applied(self, manifest: Json, case: Case, number: int) -> tuple[str, Any] | None:
        """What `kubectl apply` sends for the case's apply of this number: the method and the body. None: nothing."""

    def tidy(self, path: str) -> None:
        """Delete an object and wait until it is gone."""


class Cluster:
    """A few requests against an API server, with the client certificate of a kubeconfig."""

    releases_late = 3

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.client = api_client(kubeconfig, PATIENCE)

    def send(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Reply:
        """One request."""
        data = None if body is None else json.dumps(body)
        answer = self.client.request(method, path, content=data, headers={"Content-Type": kind})
        return answer.status_code, answer.json(), warnings_in(answer.headers.get_list("Warning"))

    def applied(self, manifest: Json, case: Case, number: int) -> tuple[str, Any] | None:
        """Ask kubectl, which tries it on the server without keeping it."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), "apply", "--dry-run=server", "-v=9", "-f", "-"]
        said = subprocess.run(
            command, input=json.dumps(manifest), capture_output=True, text=True, timeout=60, check=False
        ).stderr
        bodies = re.findall(r'"Request Body" body=(?:<\n\t(.+)\n >|(".+"))\n.*\n\tcurl -v -X(POST|PATCH)', said)
        if not bodies:
            assert "Error" not in said, said[-2000:]
            return None
        plain, quoted, method = bodies[-1]
        return method, json.loads(plain or json.loads(quoted))

    def tidy(self, path: str) -> None:
        """Delete and wait; finalizers of the case's own are taken away."""
        self.send("PATCH", path, {"metadata": {"finalizers": None}}, PATCHES["patch"])
        self.send("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
        end = time.monotonic() + 60
        while self.send("GET", path)[0] != 404:
            assert time.monotonic() < end, f"{path} does not go"
            time.sleep(0.02)


def warnings_in(headers: Iterable[str]) -> list[str]:
    """The texts of `Warning` headers."""
    return [json.loads(warning.split(" ", 2)[2]) for warning in headers]


def without_allocated(text: str, case: Case) -> str:
    """A Status without addresses, identities and ends of names that nobody asked for."""
    text = re.sub(r"kube-api-access-\w{5}", "kube-api-access-XXXXX", text)
    for node in set(re.findall(r'\\"NodeName\\": \\"([\w.-]*)\\"', text)) - {"NODE"}:
        if not node or node not in case.asked:
            text = text.replace(f'\\"NodeName\\": \\"{node}\\"', '\\"NodeName\\": \\"NODE\\"')
    for word in set(re.findall(r"\b10\.96\.\d+\.\d+\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text)):
        if word not in case.asked:
            text = text.replace(word, "ALLOCATED")
    base = case.last.body["metadata"].get("generateName") if case.last.verb == "create" else None
    return re.sub(re.escape(base[:58]) + r"\w{5}\b", f"{base[:58]}XXXXX", text) if base else text


def path_of(manifest: Json, namespace: str, named: bool) -> str:
    """Where a manifest's object or collection is."""
    resource, own = BY_KIND[manifest["kind"]], manifest["metadata"].get("namespace", NAMESPACE)
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    middle = f"/namespaces/{namespace if own == NAMESPACE else own}" if resource.namespaced else ""
    return f"{root}{middle}/{resource.plural}" + (f"/{manifest['metadata']['name']}" if named else "")


class Played:
    """One case on one server, in one Namespace."""

    def __init__(self, server: Server, case: Case, namespace: str) -> None:
        self.server, self.case, self.namespace = server, case, namespace
        self.made: list[str] = []
        self.path = ""
        self.sent: list[Any] = []

    def here(self, body: Any) -> Any:
        """The body, for this Namespace."""
        return json.loads(json.dumps(body).replace(f'"{NAMESPACE}"', f'"{self.namespace}"'))

    def answer(self) -> Json:
        """Play it; what the last write was answered."""
        try:
            for write in self.case.before:
                code, answer, _ = self.write(write)
                assert code in (200, 201), (self.case.name, answer)
            before = self.stored() if self.path and self.case.last.verb != "create" else None
            code, answer, warnings = self.write(self.case.last, is_last=True)
        finally:
            for path in reversed(self.made):
                self.server.tidy(path)
        text = json.loads(re.sub(UNIQUE, "UID", json.dumps(answer).replace(self.namespace, NAMESPACE)))
        sent = {"sent": self.sent} if self.sent else {}
        if code < 400:
            return {"code": code, "object": comparable(self.case, text, before), "warnings": warnings} | sent
        masked = json.loads(without_allocated(json.dumps(text), self.case))
        status = {key: value for key, value in masked.items() if key in ("message", "reason", "details")}
        return {"code": code, "status": status, "warnings": warnings} | sent

    def stored(self) -> Json | None:
        """What is stored now where the next write goes."""
        code, answer, _ = self.server.send("GET", self.path)
        return answer if code == 200 else None

    def write(self, write: Write, is_last: bool = False) -> Reply:
        """Send one write."""
        suffix = f"/{write.subresource}" if write.subresource else ""
        if write.verb == "create":
            return self.create(write.body, is_last)
        if write.verb == "delete":
            return self.server.send("DELETE", self.path)
        if write.verb == "apply":
            return self.apply(write.body)
        if write.verb == "put":
            return self.server.send("PUT", self.at(write.body) + suffix, self.here(write.body))
        if write.verb == "edit":
            return self.edit(write.body, suffix)
        return self.server.send("PATCH", self.path + suffix, self.here(write.body), PATCHES[write.verb])

    def edit(self, change: Json, suffix: str) -> Reply:
        """PUT of what is stored with a change; again when a controller was faster."""
        for _ in range(EDITS):
            reply = self.server.send("PUT", self.path + suffix, merged(self.stored(), self.here(change)))
            if reply[0] != 409:
                break
        return reply

    def at(self, manifest: Json) -> str:
        """Where the manifest's object is, which is to be tidied away."""
        self.path = path_of(manifest, self.namespace, True)
        if self.path not in self.made:
            self.made.append(self.path)
        return self.path

    def create(self, manifest: Json, is_last: bool) -> Reply:
        """POST. A dry run does not look whether addresses and node ports are free, so Services are really made."""
        dry = is_last and manifest["kind"] != "Service"
        path = path_of(manifest, self.namespace, False) + ("?dryRun=All" if dry else "")
        reply = self.server.send("POST", path, self.here(manifest))
        for _ in range(self.server.releases_late):
            if "already allocated" not in json.dumps(reply[1]):
                break
            time.sleep(RELEASE)  # what the case before had may be freed a moment after its Service is gone
            reply = self.server.send("POST", path, self.here(manifest))
        if reply[0] == 201 and not dry:
            self.at(reply[1])
        return reply

    def apply(self, manifest: Json) -> Reply:
        """What kubectl would send, sent."""
        number = len(self.sent)
        here = self.here(manifest)
        found = self.server.applied(here, self.case, number)
        self.sent.append(json.loads(json.dumps(found).replace(self.namespace, NAMESPACE)))
        self.at(manifest)
        if found is None:
            return self.server.send("GET", self.path)
        method, body = found
        if method == "POST":
            return self.server.send("POST", path_of(manifest, self.namespace, False), body)
        return self.server.send("PATCH", self.path, body, PATCHES["strategic"])


@contextmanager
def own_namespace(server: Cluster) -> Iterator[str]:
    """A Namespace, removed at the end."""
    namespace = f"cases-{uuid.uuid4().hex[:6]}"
    metadata = {"name": namespace}
    server.send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
    while server.send("GET", account)[0] == 404:
        time.sleep(0.05)
    try:
        yield namespace
    finally:
        server.send("DELETE", f"/api/v1/namespaces/{namespace}")


def main(kubeconfig: str, themes: list[str]) -> None:
    """Record the themes, or everything."""
    cluster = Cluster(Path(kubeconfig))
    version = cluster.send("GET", "/version")[1]["gitVersion"]
    with own_namespace(cluster) as namespace:
        for theme in themes or [path.stem for path in sorted(FOLDER.glob("*.yaml"))]:
            found = {case.name: Played(cluster, case, namespace).answer() for case in cases(theme)}
            text = json.dumps({"kubernetes": version, "cases": found}, indent=1, sort_keys=True, ensure_ascii=False)
            (FOLDER / f"{theme}.json").write_text(text + "\n", encoding="utf-8")
            print(f"{theme}: {len(found)} cases from {version}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
