"""The magics. Each keeps learner mistakes out of tracebacks: what is wrong is printed as a sentence."""

import os
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from servicelab.cluster.base import MachineError
from servicelab.course.cells import parse_answer_line, parse_manifest_line
from servicelab.manifests import read, read_map
from servicelab.notebook.session import (
    SESSION,
    TOLD,
    default_namespace,
    names_on,
    own_cluster,
    own_variant,
    refuse_under_nbgrader,
    under_nbgrader,
)


def _said(function: Callable[..., None]) -> Callable[..., None]:
    """Print what the learner or their machine got wrong instead of raising it."""

    @wraps(function)
    def call(*words: str) -> None:
        try:
            function(*words)
        except TOLD as error:
            print(error)

    return call


@_said
def manifest(line: str, cell: str) -> None:
    """`%%manifest [--no-apply] NAME.yaml`: keep the text, show its problems, send it to the running cluster."""
    asked = parse_manifest_line(line)
    SESSION.manifests[asked.name] = cell
    reading = read(cell, asked.name)
    for problem in (*reading.problems, *reading.surprises):
        print(problem)
    if reading.problems:
        print("Nothing was applied.")
    elif not reading.manifests:
        print(f"{asked.name} is empty so far.")
    elif not asked.apply or under_nbgrader():
        print(f"{asked.name} is kept; it was not applied.")
    else:
        from servicelab.course import judging
        from servicelab.notebook.applying import apply

        try:
            cluster = judging.own_cluster()
        except MachineError:
            print(f"{asked.name} is kept. It was not applied, because no cluster runs; `./lab start` starts one.")
            return
        with closing(cluster):
            words = apply(cluster, reading.manifests, default_namespace(), names_on(cluster))[1]
        SESSION.sent[asked.name] = cell, words
        print(words)


@_said
def probe(line: str) -> None:
    """`%probe [--steady] FROM TARGET`: send one request and say how it ended."""
    from servicelab.notebook.probing import parse_probe, report, send

    asked = parse_probe(line, default_namespace() or "default")
    with own_cluster() as cluster:
        print(report(asked, *send(cluster, asked)))


@_said
def reach(line: str) -> None:
    """`%reach [NAMESPACE]`: a table of who reaches its Services, predicted, and sent where traffic is real."""
    from IPython.display import display

    from servicelab.tracing.reach import predict_namespace, probe_all
    from servicelab.tracing.table import Reach

    with own_cluster() as cluster:
        matrix = predict_namespace(cluster, line.strip() or default_namespace() or "default")
        display(Reach(probe_all(cluster, matrix)))  # type: ignore[no-untyped-call]


@_said
def picture(line: str) -> None:
    """`%picture FROM TARGET [FROM TARGET …]`: draw the ways of requests; nothing is sent."""
    from servicelab.notebook.picturing import draw, parse_picture

    namespace = default_namespace() or "default"
    requests = parse_picture(line, namespace)
    with own_cluster() as cluster:
        draw(cluster, requests, namespace)


@_said
def play(line: str) -> None:
    """`%play FROM TARGET`: send one request and play its way hop by hop."""
    from servicelab.notebook.player import parse_play
    from servicelab.notebook.player import play as show

    namespace = default_namespace() or "default"
    show(own_cluster, *parse_play(line, namespace), SESSION.manifests, namespace)


@_said
def board(line: str) -> None:
    """`%board [FROM TARGET]`: Services, endpoints and Pods as they change, and a request that is sent every second."""
    from servicelab.notebook.live_board import parse_board, show

    namespace = default_namespace() or "default"
    refuse_under_nbgrader()
    show(*parse_board(line, namespace))


@_said
def doctor(line: str) -> None:
    """`%doctor SERVICE [--level 1, 2 or 3]`: the first broken hop on the way to a Service; first as a question."""
    from servicelab.course import load_course
    from servicelab.notebook.doctoring import examined, parse_doctor

    asked, level = parse_doctor(line, default_namespace() or "default")
    level = load_course().policy.doctor_level(level)
    with own_cluster() as cluster:
        print(examined(cluster, asked, level))


@_said
def check(line: str) -> None:
    """`%check [EXERCISE]`: run the checks on this notebook's manifests and show what they found."""
    from servicelab.notebook import checking

    slug = line.strip() or SESSION.exercise
    if not slug:
        raise ValueError("Which exercise? Write for example: %check clusterip")
    checking.check(slug)


@_said
def exercise(line: str) -> None:
    """`%exercise NAME`: show the task, and put what it needs on the learner's cluster.

    The learner's values become variables of the notebook, so that `!kubectl get pods -n {namespace}` names theirs.
    """
    from servicelab.course import load_course
    from servicelab.course.help import task
    from servicelab.notebook import asking
    from servicelab.notebook.preparing import prepare
    from servicelab.notebook.warming import warm_up, when_idle

    slug = line.strip()
    if not slug:
        raise ValueError("Which exercise? Write for example: %exercise clusterip")
    course = load_course()
    asked = course.exercise(slug)
    SESSION.exercise = slug
    variant = own_variant(asked)
    asking.show(task(course, asked, variant))
    if (shell := get_ipython()) is not None:
        shell.push(dict(variant.values))  # type: ignore[no-untyped-call]
    with own_cluster() as cluster:
        print(prepare(cluster, slug, variant))
    when_idle(lambda: warm_up(asked, course, variant))


@_said
def answer(line: str, cell: str) -> None:
    """`%%answer NAME`: keep the answers below and show their problems."""
    name = parse_answer_line(line)
    SESSION.answers[name] = cell
    reading = read_map(cell, name)
    for problem in reading.problems:
        print(problem)
    if not reading.problems:
        written = [item for item, choice in reading.entries.items() if choice is not None]
        print(f"{name}: kept {', '.join(written) or 'nothing so far'}.")
        if SESSION.exercise is not None:
            from servicelab.notebook import asking

            for sentence in asking.unfit(asking.exercise_now(), name, cell):
                print(sentence)


@_said
def question(line: str) -> None:
    """`%question NAME…`: show questions and what there is to choose."""
    from servicelab.notebook import asking

    exercise = asking.exercise_now()
    asking.show_questions(exercise, line.split(), own_variant(exercise))


@_said
def try_out(line: str) -> None:
    """`%try NAME`: send the request of a prediction, once it is committed."""
    from servicelab.notebook import asking

    exercise = asking.exercise_now()
    item = asking.item_named(exercise, line.strip())
    refuse_under_nbgrader()
    predicted = asking.prediction(exercise, item)
    with own_cluster() as cluster:
        print(asking.try_out(cluster, item, predicted, own_variant(exercise), default_namespace() or "default"))


@_said
def hint(line: str) -> None:
    """`%hint`: the next step for what failed last. `%hint --show-me`: the solution, and then fresh values."""
    from servicelab.course.help import help_with
    from servicelab.notebook import asking

    helper = help_with(asking.exercise_now().slug)
    if line.strip() not in ("", "--show-me"):
        raise ValueError("Write %hint, or %hint --show-me for the solution.")
    asking.show(helper.solution() if line.strip() else helper.hint())


@_said
def explanation(line: str) -> None:
    """`%explanation`: what was to be understood; open after full marks and after the due date."""
    from servicelab.course.help import help_with
    from servicelab.notebook import asking

    asking.show(help_with(asking.exercise_now().slug).explanation())


def register(shell: InteractiveShell) -> None:
    """Give a notebook the magics."""
    if under_nbgrader():
        # `!kubectl …` in a submission must not reach whatever cluster this machine is set up for
        os.environ["KUBECONFIG"] = os.devnull
    # `!lab …` runs in a terminal that no one sees: without this a notebook keeps every turn of a spinner.
    os.environ["TTY_COMPATIBLE"] = "0"
    functions: Any = shell.register_magic_function
    for name, function in (("manifest", manifest), ("answer", answer)):
        functions(function, "cell", name)
    lines = (probe, reach, picture, play, board, doctor, check, exercise, question, hint, explanation)
    for name, function in ((function.__name__, function) for function in lines):
        functions(function, "line", name)
    functions(try_out, "line", "try")
