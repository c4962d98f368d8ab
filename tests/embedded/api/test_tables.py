import pytest

from servicelab.embedded.api.ages import age, duration
from servicelab.embedded.api.cells import cells_of
from servicelab.embedded.clock import timestamp
from servicelab.embedded.resources import ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES
from tests.embedded.api.support import DEPLOYMENTS, TABLE, call, deployment, made, service
from tests.embedded.api.support import SERVICES as SERVICES_PATH

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (-1, "0s"), (-2, "<invalid>"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
        (600, "10m"), (10799, "179m"), (10800, "3h"), (12000, "3h20m"), (28800, "8h"), (172799, "47h"),
        (172800, "2d"), (180000, "2d2h"), (691200, "8d"), (63071999, "729d"), (63072000, "2y"), (70000000, "2y80d"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_unknown_age():
    assert age(None, NOW) == "<unknown>"


def pod(**status):
    return {
        "metadata": {"name": "p", "creationTimestamp": timestamp(NOW - 5)},
        "spec": {"containers": [{"name": "a"}]},
        "status": status,
    }


def container(state, **more):
    return {"name": "a", "state": state, "restartCount": 0} | more


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"phase": "Pending"}, ["p", "0/1", "Pending", "0", "5s"]),
        (
            {"phase": "Pending", "containerStatuses": [container({"waiting": {"reason": "ErrImagePull"}})]},
            ["p", "0/1", "ErrImagePull", "0", "5s"],
        ),
        (
            {"phase": "Running", "containerStatuses": [container({"running": {}}, ready=True)]},
            ["p", "1/1", "Running", "0", "5s"],
        ),
        (
            {"phase": "Succeeded", "containerStatuses": [container({"terminated": {"reason": "Completed"}})]},
            ["p", "0/1", "Completed", "0", "5s"],
        ),
        (
            {"phase": "Failed", "containerStatuses": [container({"terminated": {"exitCode": 3}})]},
            ["p", "0/1", "ExitCode:3", "0", "5s"],
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [
                    container(
                        {"running": {}},
                        ready=True,
                        restartCount=2,
                        lastState={"terminated": {"finishedAt": timestamp(NOW - 3)}},
                    )
                ],
            },
            ["p", "1/1", "Running", "2 (3s ago)", "5s"],
        ),
    ],
)
def test_pod_status(status, shown):
    assert cells_of(PODS, pod(**status), NOW)[:5] == shown


def test_terminating_pod():
    leaving = pod(phase="Running")
    leaving["metadata"]["deletionTimestamp"] = timestamp(NOW)
    assert cells_of(PODS, leaving, NOW)[2] == "Terminating"


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ({"type": "ExternalName", "externalName": "example.com"}, ["ExternalName", "<none>", "example.com", "<none>"]),
        (
            {"type": "NodePort", "clusterIP": "10.96.1.1", "ports": [{"port": 80, "nodePort": 30080}]},
            ["NodePort", "10.96.1.1", "<none>", "80:30080/TCP"],
        ),
        (
            {"type": "LoadBalancer", "clusterIP": "10.96.1.1", "ports": [{"port": 80, "nodePort": 30080}]},
            ["LoadBalancer", "10.96.1.1", "<pending>", "80:30080/TCP"],
        ),
        (
            {"type": "ClusterIP", "clusterIP": "None", "externalIPs": ["1.2.3.4"]},
            ["ClusterIP", "None", "1.2.3.4", "<none>"],
        ),
    ],
)
def test_services(spec, shown):
    assert cells_of(SERVICES, {"metadata": {"name": "s"}, "spec": spec}, NOW)[1:5] == shown


def test_many_endpoints():
    addresses = [{"ip": f"10.244.1.{number}"} for number in range(5)]
    cells = cells_of(
        ENDPOINTS, {"metadata": {"name": "e"}, "subsets": [{"addresses": addresses, "ports": [{"port": 80}]}]}, NOW
    )
    assert cells[1] == "10.244.1.0:80,10.244.1.1:80,10.244.1.2:80 + 2 more..."
    empty = cells_of(ENDPOINT_SLICES, {"metadata": {"name": "e"}, "endpoints": None, "ports": None}, NOW)
    assert empty[2:4] == ["<unset>", "<unset>"]


def test_table_answer(core):
    made(core, SERVICES_PATH, service("web", selector={"app": "web"}))
    code, table = call(core, "GET", SERVICES_PATH, None, **TABLE)
    assert (code, table["kind"]) == (200, "Table")
    assert [column["name"] for column in table["columnDefinitions"]][-1] == "Selector"
    row = next(row for row in table["rows"] if row["cells"][0] == "web")
    assert row["cells"][-1] == "app=web"
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert all(len(row["cells"]) == len(table["columnDefinitions"]) for row in table["rows"])


def test_every_kind_has_as_many_cells_as_columns(core):
    made(core, DEPLOYMENTS, deployment("web"))
    core.pass_time(5)
    shown = 0
    for path in ("namespaces", "nodes", "pods", "services", "endpoints", "events", "configmaps", "serviceaccounts"):
        table = call(core, "GET", f"/api/v1/{path}", None, **TABLE)[1]
        assert table["rows"], path
        assert {len(row["cells"]) for row in table["rows"]} == {len(table["columnDefinitions"])}
        shown += 1
    assert shown == 8


def test_format_that_is_not_offered(core):
    assert call(core, "GET", SERVICES_PATH, None, Accept="text/html")[0] == 406
