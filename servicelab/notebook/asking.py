"""Questions in a notebook: shown, predicted before the request is sent, helped with."""

from collections.abc import Iterator

from IPython.display import Markdown, display

from servicelab.checks import Item, ItemKind, Variant, read_answers
from servicelab.checks.render import question
from servicelab.checks.words import OUTCOMES
from servicelab.cluster.base import Cluster
from servicelab.cluster.home import Home
from servicelab.course import Progress, load_course
from servicelab.course.catalogue import Exercise
from servicelab.course.help import items_of
from servicelab.notebook.probing import parse_probe, report, send
from servicelab.notebook.session import SESSION


def show(markdown: str) -> None:
    """Display Markdown, with its text for what shows none."""
    display(Markdown(markdown))  # type: ignore[no-untyped-call]


def exercise_now() -> Exercise:
    """The exercise of this notebook. ValueError before `%exercise` was run."""
    if SESSION.exercise is None:
        raise ValueError("Which exercise? Run the notebook's first cell, %exercise NAME.")
    return load_course().exercise(SESSION.exercise)


def item_named(exercise: Exercise, name: str) -> Item:
    """An item. ValueError with those there are."""
    items = items_of(load_course(), exercise)
    if name not in items:
        raise ValueError(f"There is no question “{name}” here; there are: {', '.join(items)}.")
    return items[name]


def unfit(exercise: Exercise, name: str, cell: str) -> Iterator[str]:
    """Of the lines of an answer cell, a sentence for each that answers nothing, or by none of the choices."""
    for asked, answer in read_answers({name: cell}).by_item.items():
        try:
            choices = [choice.id for choice in item_named(exercise, asked).choices]
        except ValueError as error:
            yield f"{name}, line {answer.line}: {error}"
            continue
        if answer.choice and answer.choice not in choices:
            what = f"“{answer.choice}” is none of the choices of {asked}"
            yield f"{name}, line {answer.line}: {what}; write one of: {', '.join(choices)}."


def show_questions(exercise: Exercise, names: list[str], variant: Variant) -> None:
    """Display items by name."""
    for name in names:
        show(question(item_named(exercise, name), variant))


def prediction(exercise: Exercise, item: Item) -> str:
    """What was predicted, first, before this request was ever sent. ValueError when nothing valid is committed."""
    if item.kind is not ItemKind.PREDICT:
        raise ValueError(f"{item.id} is no prediction, so there is no request to try.")
    answer = read_answers(SESSION.answers).by_item.get(item.id)
    choices = [choice.id for choice in item.choices]
    if answer is None or answer.choice not in choices:
        raise ValueError(
            f"Predict first: in the %%answer cell write `{item.id}: ` and one of {', '.join(choices)}; run that cell."
        )
    return Progress(Home.find()).commit_prediction(exercise.slug, item.id, answer.choice)


def try_out(cluster: Cluster, item: Item, predicted: str, variant: Variant, namespace: str) -> str:
    """Send a predicted request, until it ends the same way for two seconds, and say how that fits."""
    line = f"--steady {variant.rendered(item.source)} {variant.rendered(item.url)}"
    asked = parse_probe(line, namespace)
    verdict, path = send(cluster, asked)
    ended = OUTCOMES[verdict.outcome]
    fits = "as you predicted" if ended == predicted else f"you predicted: {predicted}. What did you not know of?"
    return f"{report(asked, verdict, path)}\nIt ended with {ended}; {fits}"
