"""A message as a learner reads it: its texts, what in them is set as code, and what is said of one place."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from servicelab.checks import CheckResult
from tests.graders.manifest_fields import REMOVED, Steps, value_at

URL = re.compile(r"https?://\S+")
NUMBER = re.compile(r"(?<![\w.[/-])\d{1,5}(?![\w-])(?!\.\d)")
WHERE = re.compile(r"\blines? \d+(, \d+)*|\bcolumn \d+|\b\d+ (?:ready )?Pods?\b|\b\d+ requests\b(?: \d+)?")
LABEL = re.compile(r"[\w./-]+=[\w.-]*\w(?:(?: and |, )[\w./-]+=[\w.-]*\w)*")
TOKEN = re.compile(r"[A-Za-z0-9/][\w./:@-]*\w|[A-Za-z]\w*")
CODE = re.compile(r"`([^`\n]+)`|[“\"]([^”\"\n]+)[”\"]")
AWAY = re.compile(
    r"Forbidden|may not|leave it out|nobody asked|and was answered\.|without one silent|keeps? (?:it|them) open"
    r"|take away|chooses? none|never did|refused it|let it in|nobody gave"
)
"""Words that say that something is there which should not be."""


@dataclass(frozen=True)
class Message:
    """What there is to read about one failed check."""

    check: CheckResult
    task: str
    hint: str

    @property
    def told(self) -> list[str]:
        """What was found comes first, then what to look at, then what was expected."""
        return [self.check.actual, self.check.help, f"{self.check.expected} {self.check.title}"]

    @property
    def wanted(self) -> list[str]:
        """The same, with what was expected first: from there come values."""
        return [f"{self.check.expected} {self.check.title}", self.check.actual, self.check.help]


def clause(steps: Steps, message: Message) -> str:
    """What is said behind the place's own name: `spec.ports[0].port is 80, but …`; "" when it is not named so."""
    path = rf"(?<![\w.]){re.escape(rendered(steps))}(?![\w.[])"
    at = re.search(rf"{path}(?= is )", message.check.actual) or re.search(path, message.check.actual)
    return re.split(r"; |\. |\.$", message.check.actual[at.end() :])[0] + " " if at else ""


def rendered(steps: Steps) -> str:
    """`spec.ports[0].port`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def labels_in(text: str, message: Message, now: Any = ()) -> list[dict[str, str]]:
    """Labels of a text: those by the keys of now, those that the task speaks of, all."""
    shown = dict(one.split("=", 1) for at in LABEL.findall(text) for one in re.split(r" and |, ", at))
    asked = dict(re.findall(r"`([\w./-]+)(?:: |=)([\w.-]+)`", message.task))
    same = {key: value for key, value in shown.items() if key in now}
    spoken = {key: value for key, value in shown.items() if asked.get(key) == value}
    return [one for one in (same, spoken, shown) if one]


def task_documents(message: Message) -> list[Any]:
    """The objects that the task shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", message.task, re.DOTALL)
    return [one for block in blocks for one in yaml.safe_load_all(block) if isinstance(one, dict) and "kind" in one]


def same(one: Any, other: Any) -> bool:
    """Whether two are manifests of the same object."""
    return identity(one) == identity(other)


def identity(document: Any) -> str:
    """As messages speak of an object: its kind and name."""
    return f"{document.get('kind')} {(document.get('metadata') or {}).get('name')}"


def present(document: Any, steps: Steps) -> Any:
    """What stands at a place now; REMOVED when nothing does."""
    try:
        return value_at(document, steps)
    except (KeyError, IndexError):
        return REMOVED


def code_in(text: str) -> list[tuple[str, str]]:
    """What is set as code, or in quotes."""
    return CODE.findall(re.sub(r"```\w*", "", text))


def tokens(text: str) -> list[str]:
    return TOKEN.findall(URL.sub("", text))
