"""A button for each failed check that asks the doctor: level by level, as far as the class allows."""

from html import escape

import ipywidgets  # type: ignore[import-untyped]

from servicelab.checks import CheckOutcome, CheckResult, ExerciseResult
from servicelab.course.policy import Policy
from servicelab.diagnosis import LEVELS
from servicelab.diagnosis.render import INDENT
from servicelab.notebook import lively
from servicelab.notebook.doctoring import examined, parse_doctor
from servicelab.notebook.session import TOLD, Opened

COMMAND = "lab doctor "
"""How a check's `look` begins when the doctor can tell more."""


def offer(result: ExerciseResult, policy: Policy, opened: Opened, namespace: str) -> None:
    """Display the buttons, for each command once; nothing where there is nothing to ask, or the doctor is off."""
    looks: dict[str, CheckResult] = {}
    for check in result.checks:
        if check.outcome is CheckOutcome.FAILED and check.look.startswith(COMMAND):
            looks.setdefault(check.look.removeprefix(COMMAND), check)
    if looks and policy.doctor and lively.in_notebook():
        asked = [_Asked(line, check.title, policy, opened, namespace) for line, check in looks.items()]
        lively.show(ipywidgets.VBox([one.widget for one in asked]), "", "")


class _Asked:
    """One button and what was said."""

    def __init__(self, line: str, title: str, policy: Policy, opened: Opened, namespace: str) -> None:
        self._line, self._policy, self._opened, self._namespace = line, policy, opened, namespace
        self.level = 0
        wide = ipywidgets.Layout(width="auto")
        self.button = ipywidgets.Button(description=f"Ask the doctor: {line.split()[0]}", tooltip=title, layout=wide)
        self.button.on_click(lambda _: self.ask())
        self.said = ipywidgets.HTML()
        about = ipywidgets.HTML(f"Failed: {escape(title)}")
        rows = ipywidgets.Layout(align_items="flex-start")
        self.widget = ipywidgets.VBox([about, self.button, self.said], layout=rows)

    def ask(self) -> None:
        """Tell the next level; after the last one, the last one again, of the cluster as it is then."""
        most = self._policy.doctor_level(LEVELS[-1])
        self.level = min(self.level + 1, most)
        try:
            with self._opened() as cluster:
                told = examined(cluster, parse_doctor(self._line, self._namespace)[0], self.level, how_to_go_on=False)
        except TOLD as problem:
            told = str(problem)
        self.said.value = lively.preformatted(told, hanging=INDENT)
        self.button.description = "Ask again" if self.level == most else f"Tell me more ({self.level + 1} of {most})"
