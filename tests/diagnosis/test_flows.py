"""The flows recorded on kind: whoever was answered is not accused, and whoever was not gets a finding."""

from collections import Counter

from servicelab.diagnosis import Snapshot, diagnose, question_of
from servicelab.network.places import PortForward, parse_place, parse_target
from tests.network.flows.recordings import RECORDED, named, read

FEWEST_ANSWERED, FEWEST_FOUND = 1700, 1100
TWICE = 2
FEWEST_EXPLAINED = 0.97
"""Of the requests for a Service that got no answer: those with a cause; the others say what the model says."""


def test_who_was_answered_on_kind_is_not_accused_and_the_others_are_explained():
    accused, unexplained, counts = [], [], Counter()
    for path in RECORDED:
        record, state = read(path)
        snapshot = Snapshot.of(record["objects"], state)
        for flow in record["flows"]:
            source, target = parse_place(flow["source"]), parse_target(flow["target"])
            if isinstance(source, PortForward):
                continue
            question = question_of(state, source, target, "default")
            found = diagnose(snapshot, question)
            told = f"{named(path)}: {flow['source']} -> {flow['target']}"
            if flow["outcomes"] == ["answered"]:
                # a retransmission that chose another endpoint was answered where the first packet was dropped
                if not found.is_healthy and found.finding is not None and "policy" not in found.finding.cause:
                    accused.append(f"{told}: {found.finding.cause}")
                counts["answered"] += 1
            else:
                assert not found.is_healthy, told
                is_of_a_service = tuple(question.service.split("/")) in state.services
                if found.unclear and is_of_a_service:
                    unexplained.append(told)
                counts["explained" if found.finding else "unclear"] += is_of_a_service
    assert not accused
    assert counts["answered"] >= FEWEST_ANSWERED
    assert counts["explained"] >= FEWEST_FOUND
    assert len(unexplained) <= (1 - FEWEST_EXPLAINED) * counts["explained"], unexplained


def test_an_answer_that_goes_past_the_node_is_told():
    path = next(path for path in RECORDED if named(path) == "found-pods-range")
    record, state = read(path)
    asked = [(parse_place(one["source"]), parse_target(one["target"])) for one in record["flows"]]
    found = [diagnose(Snapshot.of(record["objects"], state), question_of(state, *one, "default")) for one in asked]
    assert sum(one.finding is not None and one.finding.cause == "answer-past-node" for one in found) >= TWICE
