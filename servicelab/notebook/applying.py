"""Sends manifests to the learner's running cluster with kubectl, so that what is printed is what kubectl says."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from lightkube.core.exceptions import LoadResourceError

from servicelab.checks import Names
from servicelab.checks.objects import is_namespaced
from servicelab.cluster.base import Cluster, MachineError
from servicelab.cluster.home import Home
from servicelab.manifests import Manifest

SECONDS = 60.0
PLAIN = Names({})
"""Every name and address is itself."""


def apply(
    cluster: Cluster, manifests: Sequence[Manifest], default_namespace: str | None, names: Names = PLAIN
) -> tuple[bool, str]:
    """Apply the objects; whether all went well, and kubectl's words.

    An object that names no namespace goes to `default_namespace`; addresses that stand for others in `names` are sent
    as those, and the words say so. MachineError when there is no kubectl.
    """
    objects = [_with_namespace(manifest, default_namespace) for manifest in manifests]
    sent = [names.in_manifest(object) for object in objects]
    text = "\n---\n".join(json.dumps(object) for object in sent)
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    try:
        done = subprocess.run(
            [_kubectl(), "apply", "-f", "-"],
            input=text,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MachineError(f"kubectl did not end within {SECONDS:g} s", "Look at `lab cluster status`.") from None
    written = json.dumps(objects)
    told = [f"{own} was sent as {real}." for own, real in names.addresses.items() if f'"{own}"' in written]
    return done.returncode == 0, "\n".join([*told, (done.stdout + done.stderr).strip()])


def _with_namespace(manifest: Manifest, default_namespace: str | None) -> dict[str, Any]:
    written = dict(manifest.object)
    if default_namespace and manifest.namespace is None and _lives_in_a_namespace(manifest):
        written["metadata"] = {**written["metadata"], "namespace": default_namespace}
    return written


def _lives_in_a_namespace(manifest: Manifest) -> bool:
    try:
        return is_namespaced(manifest.api_version, manifest.kind)
    except (LoadResourceError, ValueError):
        return False  # nobody knows this kind; kubectl will say so


def _kubectl() -> str:
    places = [str(Home.find().bin), os.environ.get("PATH", os.defpath)]
    found = shutil.which("kubectl", path=os.pathsep.join(places))
    if found is None:
        raise MachineError("there is no kubectl on the lab's PATH", "`./lab start` provides one.")
    return found
