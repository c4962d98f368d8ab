"""The shell's own commands."""

from collections.abc import Callable

from servicelab.embedded.programs.interpreter import Exit, Interpreter, Jump
from servicelab.embedded.programs.process import Process, UsageProblem

Builtin = Callable[[Interpreter, Process], int]
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "0": "\0", '"': '"'}


def unescape(text: str) -> str:
    """Backslash escapes put in, as `echo -e` and `printf` do."""
    result = ""
    characters = iter(text)
    for one in characters:
        if one != "\\":
            result += one
            continue
        following = next(characters, "")
        result += ESCAPES.get(following, "\\" + following)
    return result


def _echo(shell: Interpreter, process: Process) -> int:
    words = list(process.arguments)
    newline, escapes = True, False
    while words and words[0].startswith("-") and set(words[0][1:]) <= set("neE") and len(words[0]) > 1:
        flags = words.pop(0)[1:]
        newline = newline and "n" not in flags
        escapes = escapes or "e" in flags
    text = " ".join(words)
    process.write((unescape(text) if escapes else text) + ("\n" if newline else ""))
    return 0


def _printf(shell: Interpreter, process: Process) -> int:
    if not process.arguments:
        raise UsageProblem("printf: usage: printf FORMAT [ARG]...", 1)
    form, values = process.arguments[0], process.arguments[1:]
    while True:
        used, text = _format(form, values)
        process.write(text)
        values = values[used:]
        if not values or not used:
            return 0


def _format(form: str, values: list[str]) -> tuple[int, str]:
    used, text, at = 0, "", 0
    while at < len(form):
        if form[at] == "%" and at + 1 < len(form):
            kind = form[at + 1]
            if kind == "%":
                text += "%"
            elif kind in "sdb":
                value = values[used] if used < len(values) else ("0" if kind == "d" else "")
                used += 1
                text += unescape(value) if kind == "b" else value
            else:
                raise UsageProblem(f"printf: %{kind} is not emulated by the embedded cluster; use %s or %d", 1)
            at += 2
        elif form[at] == "\\" and at + 1 < len(form):
            text += unescape(form[at : at + 2])
            at += 2
        else:
            text += form[at]
            at += 1
    return used, text


def _exit(shell: Interpreter, process: Process) -> int:
    if process.arguments and not process.arguments[0].isdigit():
        raise UsageProblem(f"{shell.name}: exit: line 0: Illegal number: {process.arguments[0]}", 2)
    raise Exit(int(process.arguments[0]) & 255 if process.arguments else shell.status)


def _jump(shell: Interpreter, process: Process) -> int:
    raise Jump(again=process.name == "continue")


def _export(shell: Interpreter, process: Process) -> int:
    for word in process.arguments:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value
    return 0


def _unset(shell: Interpreter, process: Process) -> int:
    for name in process.arguments:
        shell.variables.pop(name, None)
    return 0


def _read(shell: Interpreter, process: Process) -> int:
    names = [word for word in process.arguments if not word.startswith("-")] or ["REPLY"]
    line = process.stdin.line()
    words = (line or "").split(None, len(names) - 1)
    for index, name in enumerate(names):
        shell.variables[name] = words[index].strip() if index < len(words) else ""
    return 1 if line is None else 0


def _set(shell: Interpreter, process: Process) -> int:
    for word in process.arguments:
        if word == "--":
            continue
        if not word.startswith(("-", "+")) or not set(word[1:]) <= set("eu"):
            raise UsageProblem(f"{shell.name}: set {word} is not emulated by the embedded cluster's shell", 2)
        if "e" in word:
            shell.stop_on_failure = word.startswith("-")
    return 0


def _cd(shell: Interpreter, process: Process) -> int:
    folder = process.arguments[0] if process.arguments else "/"
    if folder not in ("/", "/tmp", "/etc"):
        raise UsageProblem(f"{shell.name}: cd: line 0: can't cd to {folder}: No such file or directory", 2)
    shell.variables["PWD"] = folder
    return 0


def _pwd(shell: Interpreter, process: Process) -> int:
    process.write(f"{shell.variables.get('PWD', '/')}\n")
    return 0


def _command(shell: Interpreter, process: Process) -> int:
    words = process.arguments
    if words[:1] != ["-v"] or len(words) != 2:
        raise UsageProblem(f"{shell.name}: command is emulated as `command -v NAME` only", 2)
    name = words[1]
    if name in BUILTINS:
        process.write(f"{name}\n")
        return 0
    if shell.find(name) is None:
        return 127
    process.write(f"{where_is(name)}\n")
    return 0


def where_is(name: str) -> str:
    """A tool's path in the agnhost image."""
    return f"{'/usr/bin' if name in ('curl', 'dig', 'nslookup') else '/sbin'}/{name}"


def _colon(shell: Interpreter, process: Process) -> int:
    return 0


def _test(shell: Interpreter, process: Process) -> int:
    words = list(process.arguments)
    if process.name == "[" and (not words or words.pop() != "]"):
        process.complain(f"{shell.name}: missing ]")
        return 2
    try:
        return 0 if _holds(shell, words) else 1
    except ValueError:
        wrong = next((word for word in words if not word.lstrip("-").isdigit()), "")
        process.complain(f"{shell.name}: {wrong}: bad number")
        return 2


def _holds(shell: Interpreter, words: list[str]) -> bool:
    for joint in ("-o", "-a"):
        if joint in words[1:-1]:
            at = words.index(joint, 1)
            left, right = _holds(shell, words[:at]), _holds(shell, words[at + 1 :])
            return left or right if joint == "-o" else left and right
    match words:
        case []:
            return False
        case ["!", *rest]:
            return not _holds(shell, rest)
        case ["-z", text]:
            return not text
        case ["-n", text]:
            return bool(text)
        case ["-f" | "-e" | "-r" | "-s" as kind, path]:
            content = shell.session.read(path)
            return content is not None and (kind != "-s" or bool(content))
        case [text]:
            return bool(text)
        case [one, "=" | "==", other]:
            return one == other
        case [one, "!=", other]:
            return one != other
        case [one, operator, other] if operator in COMPARISONS:
            return COMPARISONS[operator](int(one), int(other))
    raise UsageProblem(f"{shell.name}: {' '.join(words)}: unknown operand", 2)


COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}

BUILTINS: dict[str, Builtin] = {
    "echo": _echo,
    "printf": _printf,
    "exit": _exit,
    "break": _jump,
    "continue": _jump,
    "export": _export,
    "unset": _unset,
    "read": _read,
    "set": _set,
    ":": _colon,
    "cd": _cd,
    "pwd": _pwd,
    "command": _command,
    "test": _test,
    "[": _test,
}
