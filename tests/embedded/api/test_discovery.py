import pytest

from servicelab.embedded.resources import RESOURCES
from tests.embedded.api.support import call

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList,application/json"


def test_aggregated_and_plain_agree(core):
    found = {}
    for path in ("/api", "/apis"):
        answer = call(core, "GET", path, None, Accept=AGGREGATED.format("v2"))[1]
        assert answer["apiVersion"] == "apidiscovery.k8s.io/v2"
        for group in answer["items"]:
            for version in group["versions"]:
                name = group["metadata"].get("name")
                key = f"{name}/{version['version']}" if name else version["version"]
                found[key] = {resource["resource"] for resource in version["resources"]}
    for group_version, names in found.items():
        path = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
        plain = call(core, "GET", path)[1]["resources"]
        assert {entry["name"] for entry in plain if "/" not in entry["name"]} == names


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.qualified)
def test_each_kind_is_found_with_its_subresources(core, resource):
    prefix = "/apis" if resource.group else "/api"
    entries = {entry["name"]: entry for entry in call(core, "GET", f"{prefix}/{resource.api_version}")[1]["resources"]}
    assert entries[resource.plural]["kind"] == resource.kind
    assert tuple(entries[resource.plural].get("shortNames", ())) == resource.short_names
    for subresource in resource.subresources:
        assert f"{resource.plural}/{subresource}" in entries


def test_trailing_slashes_and_groups(core):
    assert call(core, "GET", "/apis/")[1]["kind"] == "APIGroupList"
    assert call(core, "GET", "/api/")[1]["versions"] == ["v1"]
    assert call(core, "GET", "/apis/apps")[1]["preferredVersion"]["groupVersion"] == "apps/v1"


def test_openapi_says_that_fields_are_validated(core):
    root = call(core, "GET", "/openapi/v3")[1]["paths"]
    path = root["apis/apps/v1"]["serverRelativeURL"]
    document = call(core, "GET", path)[1]
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [parameter["name"] for parameter in patch["parameters"]]
    schemas = document["components"]["schemas"]
    assert schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]["x-kubernetes-patch-merge-key"] == "name"
    for name in _references(document):
        assert name in schemas
    assert call(core, "GET", "/openapi/v3/apis/nope/v1")[0] == 404
    assert call(core, "GET", "/openapi/v2")[1]["definitions"] == {}


def _references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[-1]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def test_reviews(core):
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    code, answer = call(core, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    assert (code, answer["status"]["userInfo"]["username"]) == (201, "kubernetes-admin")
    ask = {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": ask}
    code, answer = call(core, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
    assert (code, answer["status"]["allowed"]) == (201, True)
