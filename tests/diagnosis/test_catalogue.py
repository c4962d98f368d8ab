"""The catalogue's words: every cause has all of them, and the first level is the same for everybody."""

import re
from pathlib import Path

import servicelab.diagnosis
from servicelab.diagnosis import Stage, catalogue
from tests.diagnosis.breakages import ORDER

SOURCE = "".join(path.read_text() for path in Path(servicelab.diagnosis.__file__).parent.glob("*.py"))
MADE_OF_PARTS = {"policy-ingress", "policy-egress"}
"""Their ids are put together from a policy's direction."""


def test_there_are_causes_for_every_stage():
    assert len(catalogue()) >= 80
    assert {one.stage for one in catalogue().values()} == set(Stage)


def test_every_cause_is_used_and_every_used_one_has_words():
    used = set(re.findall(r'finding\(\s*"([a-z-]+)"', SOURCE)) | set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', SOURCE))
    assert set(catalogue()) <= used | MADE_OF_PARTS


def test_a_question_is_a_question_without_values():
    for cause, words in catalogue().items():
        assert words.question.endswith("?"), cause
        assert not re.search(r"[{}\d]", words.question), cause
        assert words.look.split()[0] in ("kubectl", "lab"), cause
        assert all((words.looked, words.found, words.expected, words.next)), cause


def test_the_corpus_breaks_hops_in_the_catalogues_order():
    stages = list(Stage)
    for group, stage in zip(ORDER, stages, strict=True):
        assert {catalogue()[one.cause].stage for one in group} == {stage}
