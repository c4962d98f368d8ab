import pytest

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.api.paths import parse
from servicelab.embedded.resources import PODS

STATUS, TEXT = "application/json", "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/api/v2/pods", STATUS), ("/api/v2", STATUS), ("/apis/apps/v2/deployments", STATUS), ("/apis/apps/v2", STATUS),
        ("/apis/apps/v1/nope", STATUS), ("/apis/networking.k8s.io/v1beta1/ipaddresses/10.96.0.1", STATUS),
        ("/apis/policy/v1beta1/x", STATUS), ("/apis/metallb.io/v9/x", TEXT), ("/apis/metallb.io/v1beta1/nope", TEXT),
        ("/apis/nope", TEXT), ("/apis/nope.example/v1/x", TEXT),
    ],
)  # fmt: skip
def test_what_is_nowhere_is_refused_in_the_form_that_kind_v1_36_3_uses(core, path, content_type):
    answer = core.handle(Request.of("GET", path))
    assert isinstance(answer, Response)
    assert (answer.status, answer.content_type) == (404, content_type)


def test_a_path_names_kind_namespace_name_and_subresource():
    found = parse("/api/v1/namespaces/shop/pods/web/log")
    assert found is not None
    assert (found.resource, found.namespace, found.name, found.subresource) == (PODS, "shop", "web", "log")
    assert parse("/api/v1/namespaces/shop/nodes/one") is None
