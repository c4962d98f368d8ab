"""Completes field names in `%%manifest` cells and says what they mean, in every notebook program: it is the kernel that
is asked, to complete (Tab) and to inspect (Shift+Tab, and for the text beside a list of completions)."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import yaml
from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from servicelab.course.cells import split_cell
from servicelab.manifests.compose import documents
from servicelab.manifests.paths import Step
from servicelab.manifests.values import Json, Reader
from servicelab.notebook.fields import Field, fields_at

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

BEGUN = re.compile(r"(?P<before>\s*(?:- +)*)(?P<name>[A-Za-z]*)")
"""A line as far as it is written where a field's name comes next."""
WRITTEN = re.compile(rf"{BEGUN.pattern}(?:\s*:(?:\s.*)?)?")
"""A line with a field."""
HERE = "servicelab-completes-here"
"""Stands for that name, so that the text can be read."""
OF_EVERY_KIND = ("apiVersion", "kind", "metadata")


def complete(shell: "InteractiveShell") -> None:
    """Let a shell complete field names too and, where it is a kernel's, say what they mean."""
    if field_matcher in shell.Completer.custom_matchers:
        return
    shell.Completer.custom_matchers.append(field_matcher)
    kernel: Any = getattr(shell, "kernel", None)
    if kernel is not None:
        inspect = kernel.do_inspect

        def do_inspect(code: str, cursor_pos: int, *details: Any, **more: Any) -> Any:
            words = explained(code, cursor_pos)
            if words is None:
                return inspect(code, cursor_pos, *details, **more)
            return {"status": "ok", "found": True, "data": {"text/plain": words}, "metadata": {}}

        kernel.do_inspect = do_inspect


@context_matcher()  # type: ignore[untyped-decorator]
def field_matcher(context: CompletionContext) -> SimpleMatcherResult:
    """The names, with their types, of the fields that may stand at the cursor and do not yet stand beside it."""
    begun = BEGUN.fullmatch(context.text_until_cursor)
    if begun is None:
        return SimpleMatcherResult(completions=[])
    fields, there = fields_on(context.full_text, context.cursor_line, begun["before"])
    fits = [
        SimpleCompletion(field.name, type=field.type)
        for field in fields
        if field.name.startswith(begun["name"]) and field.name not in there
    ]
    return SimpleMatcherResult(completions=fits, matched_fragment=begun["name"], suppress=True)


def explained(cell: str, cursor: int) -> str | None:
    """What the field on the cursor's line of a `%%manifest` cell means; None where there is none."""
    line = cell.count("\n", 0, cursor)
    written = WRITTEN.fullmatch(cell.split("\n")[line])
    if written is None:
        return None
    fields, _ = fields_on(cell, line, written["before"])
    return next((str(field) for field in fields if field.name == written["name"]), None)


def fields_on(cell: str, line: int, before: str) -> tuple[Sequence[Field], Collection[str]]:
    """The fields that the map may have whose entry stands on a line (counted from 0) of a `%%manifest` cell, and those
    that stand on its other lines.

    `before` is what stands left of the field's name: indentation and dashes. Where the text below the line cannot be
    read, what is above decides; where that cannot either, there is nothing to say.
    """
    found = split_cell(cell)
    if found is None or found.magic != "manifest":
        return (), ()
    lines = found.text.split("\n")
    line -= cell.count("\n") + 1 - len(lines)
    if line < 0:
        return (), ()
    for below in (lines[line + 1 :], ()):
        reader = Reader("")
        try:
            for node in documents("\n".join((*lines[:line], f"{before}{HERE}:", *below))):
                reader.start()
                value = reader.value(node, ())
                for path in reader.marks:
                    if path and path[-1] == HERE:
                        return _fields_of(value, path[:-1])
        except (yaml.YAMLError, ValueError, OverflowError):
            continue
    return (), ()


def _fields_of(value: Json, path: tuple[Step, ...]) -> tuple[Sequence[Field], Collection[str]]:
    """The fields of the map at a path of an object, and its keys."""
    there = value
    for step in path:
        there = there[step]
    api_version, kind = (value.get(name) if isinstance(value, dict) else None for name in ("apiVersion", "kind"))
    fields = fields_at(str(api_version), str(kind), path)
    if not fields and not path:
        fields = tuple(field for field in fields_at("v1", "Service", ()) if field.name in OF_EVERY_KIND)
    return fields, there
