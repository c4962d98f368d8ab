"""Paths into a manifest, written as Kubernetes writes them: `spec.ports[0].targetPort`."""

import re

Step = str | int
STEP = re.compile(r"\[([^\[\]]*)\]|([^.\[\]]+)")
PLAIN = re.compile(r"[A-Za-z0-9_$-]+")


def path_text(steps: tuple[Step, ...]) -> str:
    """`("spec", "ports", 0, "port")` as `spec.ports[0].port`; odd keys stand in brackets, as in `labels[a.b/c]`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step}]"
    return text


def path_steps(text: str) -> tuple[Step, ...]:
    """The other way round."""
    steps: list[Step] = []
    for bracketed, plain in STEP.findall(text):
        inside = bracketed or plain
        steps.append(int(inside) if bracketed and inside.isdigit() else inside)
    return tuple(steps)
