"""Bodies are what kubectl 1.36.3 sent."""

import base64

import pytest

from servicelab.embedded.api.messages import Request, Response
from tests.embedded.api.support import DEPLOYMENTS, SERVICES, call

PROTOBUF = {"Content-Type": "application/vnd.kubernetes.protobuf"}
NAMESPACE = "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEc2hvcBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA=="
CONFIG_MAP = "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEjMKFQoFbm90ZXMSABoAIgAqADIAOABCABIOCgZjb2xvdXISBGJsdWUSCgoEc2l6ZRICMTAaACIA"
SERVICE = (
    "azhzAAoNCgJ2MRIHU2VydmljZRKJAQofCgN3ZWISABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJiChsKBzgwLTgwODASA1RDUBhQIgcIABCQ"
    "PxoAKAAKHgoHODEtaHR0cBIDVENQGFEiCggBEAAaBGh0dHAoABIKCgNhcHASA3dlYhoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAi"
    "AA=="
)
DEPLOYMENT = (
    "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EukBCiMKA3dlYhIAGgRzaG9wIgAqADIAOABCAFoKCgNhcHASA3dlYhKzAQgDEgwKCgoDYXBw"
    "EgN3ZWIamAEKHAoAEgAaACIAKgAyADgAQgBaCgoDYXBwEgN3ZWISeBJaCgdhZ25ob3N0Ei5yZWdpc3RyeS5rOHMuaW8vZTJlLXRlc3QtaW1h"
    "Z2VzL2Fnbmhvc3Q6Mi42My4wKgAyCwoAEAAYkD8iACoAQgBqAHIAgAEAiAEAkAEAogEAGgAyAEIASgBSAFgAYABoAIIBAIoBAJoBAMIBACIC"
    "CgAoADgAGgwIABAAGAAgACgAOAAaACIA"
)


def post(core, path, body):
    answer = core.handle(Request.of("POST", path, base64.b64decode(body), PROTOBUF))
    assert isinstance(answer, Response)
    return answer.status, answer.json()


def test_create_namespace_and_config_map(core):
    assert post(core, "/api/v1/namespaces", NAMESPACE)[0] == 201
    code, kept = post(core, "/api/v1/namespaces/shop/configmaps", CONFIG_MAP)
    assert (code, kept["data"]) == (201, {"colour": "blue", "size": "10"})


def test_create_service(core):
    code, kept = post(core, SERVICES, SERVICE)
    assert code == 201
    assert kept["spec"]["ports"] == [
        {"name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080},
        {"name": "81-http", "protocol": "TCP", "port": 81, "targetPort": "http"},
    ]
    assert kept["spec"]["selector"] == {"app": "web"}


def test_create_deployment(core):
    post(core, "/api/v1/namespaces", NAMESPACE)
    code, kept = post(core, "/apis/apps/v1/namespaces/shop/deployments", DEPLOYMENT)
    assert code == 201
    assert kept["spec"]["replicas"] == 3
    container = kept["spec"]["template"]["spec"]["containers"][0]
    assert container["image"].endswith("agnhost:2.63.0")
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert call(core, "GET", DEPLOYMENTS.replace("default", "shop") + "/web")[1]["spec"] == kept["spec"]


@pytest.mark.parametrize("cut", range(0, 90, 7))
def test_half_a_body_is_refused(core, cut):
    body = base64.b64encode(base64.b64decode(SERVICE)[: -cut - 1]).decode()
    assert post(core, SERVICES, body)[0] in (400, 422)


def test_a_body_of_another_kind_is_refused(core):
    code, status = post(core, SERVICES, CONFIG_MAP)
    assert code == 400
    assert "cannot be handled as a Service" in status["message"]
