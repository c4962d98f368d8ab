"""`explain` of the stand-in, beside what a real kubectl prints of the same server."""

import os
import shutil
import subprocess

import pytest

from servicelab.cluster.standin.command_line import main

FIELDS = (
    "pod.spec.containers.args",
    "service",
    "service.spec",
    "service.spec.type",
    "service.spec.ports",
    "service.spec.ports.targetPort",
    "pods.metadata.labels",
    "deployment.spec.replicas",
    "networkpolicy.spec.ingress",
    "service.spec.nothing",
)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl to compare with")
@pytest.mark.parametrize("server", ["embedded_server", pytest.param("kind_cluster", marks=pytest.mark.kind, id="kind")])
def test_fields_are_explained_in_the_words_of_kubectl(server, request, capsys, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(request.getfixturevalue(server).kubeconfig))
    for field in FIELDS:
        asked = subprocess.run(
            ["kubectl", "explain", field], env=os.environ, capture_output=True, text=True, check=False
        )
        code = main(["explain", field])
        printed = capsys.readouterr()
        assert (code, printed.out, printed.err) == (asked.returncode, asked.stdout, asked.stderr), field
