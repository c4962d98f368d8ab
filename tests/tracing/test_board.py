"""The board's rows, from plain objects, and what changed between two moments."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from servicelab.tracing.board import board_of, changes
from servicelab.tracing.board_page import html, terminal
from servicelab.tracing.following import Sent
from tests.picture.clusters import balanced_shop


def board(*left_out: str):
    objects = [one for one in balanced_shop() if one["metadata"]["name"] not in left_out]
    of_kind = {kind: [one for one in objects if one["kind"] == kind] for kind in ("Service", "EndpointSlice", "Pod")}
    return board_of("shop", of_kind["Service"], of_kind["EndpointSlice"], of_kind["Pod"])


def test_rows_say_what_the_objects_say():
    (service,) = board().services
    assert (service.type, service.address) == ("LoadBalancer", "10.96.1.1, 172.18.255.200")
    assert service.ports == "80 → 8080 (node port 30036), 443 → 8080 (node port 31147)"
    assert len(service.ready) == 4 and all(":8080 web-" in one for one in service.ready)
    assert [pod.name for pod in board().pods] == ["client", "web-1", "web-2"]


def test_states_are_told_in_a_word():
    def state(**status):
        pod = {"metadata": {"name": "x", **status.pop("metadata", {})}, "spec": {}, "status": status}
        return board_of("shop", [], [], [pod]).pods[0].state

    waiting = [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 3}]
    assert state(phase="Running", containerStatuses=waiting) == "CrashLoopBackOff"
    assert state(phase="Running", metadata={"deletionTimestamp": "now"}) == "Terminating"
    assert state(phase="Running", containerStatuses=[{"state": {"running": {}}}]) == "Running"
    assert state() == "Pending"


def test_changes_name_each_object_once():
    before, after = board(), board("web-1")
    assert changes(before, before) == []
    assert changes(before, after) == ["Pod web-1: gone"]
    assert [one.partition(":")[0] for one in changes(after, before)] == ["Pod web-1"]
    nobody = replace(before.services[0], ready=(), unready=("10.244.1.2:8080 web-1",))
    assert changes(before, replace(before, services=(nobody,))) == [
        "Service web: 0 ready endpoints; not ready: 10.244.1.2:8080 web-1"
    ]


def test_both_faces_show_every_row_request_and_trouble():
    console = Console(file=StringIO(), width=200, color_system=None)
    sent = (Sent(0.0, "answered by <b>"),)
    console.print(terminal(board(), sent, "outside asks for http://web:", "It does not answer."))
    page = html(board(), sent, "outside asks for http://web:", "It does not answer.")
    for text in (console.file.getvalue(), page):
        for words in ("web-1", "web-2", "172.18.255.200", "asks for http://web:", "It does not answer."):
            assert words in text
    assert "answered by &lt;b&gt;" in page


def test_an_empty_namespace_says_so():
    console = Console(file=StringIO(), width=80, color_system=None)
    console.print(terminal(board_of("empty", [], [], []), (), ""))
    assert "No Services.\nNo Pods." in console.file.getvalue()
