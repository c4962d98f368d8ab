"""Why a Service is not answered: the first broken hop of a request's way, with evidence, in three levels. Pure."""

from servicelab.diagnosis.catalogue import Stage, Wording, catalogue
from servicelab.diagnosis.finding import Diagnosis, Finding
from servicelab.diagnosis.question import Question, a_client, question_of, questions
from servicelab.diagnosis.render import LEVELS, text, to_json
from servicelab.diagnosis.seen import Seen
from servicelab.diagnosis.snapshot import Snapshot
from servicelab.diagnosis.walk import diagnose

__all__ = [
    "LEVELS",
    "Diagnosis",
    "Finding",
    "Question",
    "Seen",
    "Snapshot",
    "Stage",
    "Wording",
    "a_client",
    "catalogue",
    "diagnose",
    "question_of",
    "questions",
    "text",
    "to_json",
]
