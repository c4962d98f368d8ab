"""Which lines kubectl's refusals are about where they name no field; the words are those of kind v1.36.3."""

import pytest

from servicelab.manifests import read
from servicelab.notebook.refusals import refusals

NO_KIND = 'error: resource mapping not found for name: "web" namespace: "shop" from "STDIN": no matches for kind '
HANDLED = 'Error from server (BadRequest): {0} in version "v1" cannot be handled as a {0}: '
TYPE = "json: cannot unmarshal {} into Go struct field {} of type {}"
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    tier: 1
spec:
  selector: app=web
  ports:
    - port: "80"
    - port: 81
"""
OTHER = """\
---
apiVersion: v1
kind: Service
metadata:
  name: other
spec:
  selector:
    app: web
  ports:
    port: 80
---
apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
    - name: shell
      args: [1]
    - name: other
      args: "pause"
      readinessProbe:
        httpGet:
          port: [80]
"""


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (NO_KIND + '"Servce" in version "v1"\nensure CRDs are installed first', []),
        (NO_KIND + '"Pod" in version "v1"\nensure CRDs are installed first', ["apiVersion: v1", "kind: Pod"]),
        (
            'Error from server (NotFound): error when creating "STDIN": namespaces "shop" not found',
            ["namespace: shop"],
        ),
        ('Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found', []),
        (
            'Error from server (Forbidden): error when creating "STDIN": pods "client" is forbidden: no',
            ["name: client"],
        ),
        (HANDLED.format("Service") + TYPE.format("string", "ServicePort.spec.ports.port", "int32"), ['- port: "80"']),
        (
            HANDLED.format("Service") + TYPE.format("string", "ServiceSpec.spec.selector", "map[string]string"),
            ["selector: app=web"],
        ),
        (HANDLED.format("Service") + TYPE.format("object", "ServiceSpec.spec.ports", "[]v1.ServicePort"), ["ports:"]),
        (
            'error: unable to decode "STDIN": ' + TYPE.format("number", "ObjectMeta.metadata.labels", "string"),
            ["tier: 1"],
        ),
        (HANDLED.format("Pod") + TYPE.format("number", "Container.spec.containers.args", "string"), ["args: [1]"]),
        (
            HANDLED.format("Pod") + TYPE.format("string", "Container.spec.containers.args", "[]string"),
            ['args: "pause"'],
        ),
        (
            HANDLED.format("Pod")
            + TYPE.format("array", "HTTPGetAction.spec.containers.readinessProbe.ProbeHandler.httpGet.port", "int32"),
            ["port: [80]"],
        ),
        ('The request is invalid: patch: Invalid value: "map[]": unrecognized type: int32', []),
    ],
)
def test_the_line_is_told_where_the_words_tell_one(words, lines):
    text = SERVICE + OTHER
    found = list(refusals(words, read(text, "web.yaml").manifests))
    assert [text.splitlines()[line - 1].strip() for line, _ in found] == lines
    assert {said for _, said in found} <= {words.splitlines()[0]}
