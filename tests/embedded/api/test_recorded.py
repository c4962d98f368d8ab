"""The embedded cluster says the same as a recorded real one."""

import json

import pytest

from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.core import fresh_core
from tests.embedded.api.recorded_requests import RECORD, play, requests

RECORDED = json.loads(RECORD.read_text())["answers"]


@pytest.fixture(scope="module")
def answers():
    core = fresh_core(seed=1)

    def send(method, path, body, headers):
        answer = core.handle(Request.of(method, path, body, headers))
        assert isinstance(answer, Response)
        return answer.status, answer.body

    return play(send)


def test_all_requests_are_recorded():
    assert len(requests()) == len(RECORDED)


@pytest.mark.parametrize("index", range(len(RECORDED)), ids=lambda index: f"{index} {RECORDED[index]['request']}")
def test_same_answer(answers, index):
    assert answers[index] == RECORDED[index]
