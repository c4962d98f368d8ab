"""Malformed requests, in this process and made small by Hypothesis: none may crash, hang or lose a write."""

import json
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from servicelab.embedded.api.messages import Exec, Request, Response
from servicelab.embedded.core import Core, fresh_core
from servicelab.embedded.resources import RESOURCES
from tests.embedded.fuzz.malformed import is_a_crash, malformed

WRITES = ("POST", "PUT", "PATCH")


def check_answer(core: Core, request: Request) -> None:
    """Send one; whatever it is, the answer is a proper one, and what is acknowledged is there."""
    answer = core.handle(request)  # an exception here would be a 500
    if isinstance(answer, Response):
        event(f"{answer.status // 100}xx")
        assert 200 <= answer.status < 600 and not is_a_crash(answer.status, answer.body), answer
        if answer.content_type.startswith("application/json") and answer.body:
            decoded = json.loads(answer.body)
            if answer.status >= 400 and decoded.get("kind") == "Status":
                assert decoded["code"] == answer.status and decoded["message"]
            if answer.status < 300 and request.method in WRITES and "dryRun" not in request.query:
                check_kept(core, decoded)
    elif not isinstance(answer, Exec):
        event("stream")
        for _ in range(3):
            answer.take()
        answer.last_words()
        answer.close()


def check_kept(core: Core, object: dict[str, Any]) -> None:
    """An acknowledged object is stored, at the acknowledged revision or a later one, unless it is deleted by now."""
    metadata = object.get("metadata") or {}
    resource = next(
        (each for each in RESOURCES if (each.api_version, each.kind) == (object.get("apiVersion"), object.get("kind"))),
        None,
    )
    if resource is None or not metadata.get("uid"):
        return
    if metadata.get("ownerReferences") or metadata.get("deletionTimestamp"):
        return  # goes when its owner is not there, or with its last finalizer
    stored = core.store.get(resource, metadata.get("namespace", ""), metadata["name"])
    assert stored is not None, f"{resource.qualified} {metadata['name']} was acknowledged and is not there"
    assert int(stored["metadata"]["resourceVersion"]) >= int(metadata["resourceVersion"])


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(malformed(), min_size=1, max_size=12))
def test_no_request_crashes_it(requests: list[Request]) -> None:
    core = fresh_core(seed=1)
    for request in requests:
        check_answer(core, request)
        core.pass_time(1)
    answer = core.handle(Request.of("GET", "/api/v1/services"))
    assert isinstance(answer, Response) and answer.status == 200
