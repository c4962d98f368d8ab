"""The stand-in's command line: kubectl's words for the commands it has, and a plain answer for those it has not."""

import argparse
import sys
from collections.abc import Callable, Sequence

from servicelab.cluster.base import MachineError, NotSupported
from servicelab.cluster.rest import Refused
from servicelab.cluster.standin import apply, change, describe, explain, get, run_in_pod, wait
from servicelab.cluster.standin.connection import Connection
from servicelab.cluster.standin.errors import Usage

INSTALL_PAGE = "https://kubernetes.io/docs/tasks/tools/"
Work = Callable[[argparse.Namespace, Connection], int]
WORK: dict[str, Work] = {
    "get": get.run,
    "describe": describe.run,
    "explain": explain.run,
    "apply": apply.run,
    "delete": change.delete,
    "logs": run_in_pod.logs,
    "exec": run_in_pod.execute,
    "label": change.label,
    "scale": change.scale,
    "wait": wait.run,
    "version": get.version,
}
VALUED_BEFORE_COMMAND = ("-n", "--namespace", "--kubeconfig", "--context")


class Parser(argparse.ArgumentParser):
    """Reports what it does not know as a limit of the stand-in, not of kubectl."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Raise Usage instead of ending the process."""
        raise Usage(f"this stand-in for kubectl does not understand that ({message}).")


def main(words: Sequence[str]) -> int:
    """Run one command; the exit code, as kubectl has it."""
    try:
        return _run(list(words))
    except Usage as problem:
        print(f"error: {problem}\nIt has: {', '.join(WORK)}. The real kubectl has all: {INSTALL_PAGE}", file=sys.stderr)
    except Refused as refusal:
        print(_server_said(refusal), file=sys.stderr)
    except (MachineError, NotSupported) as problem:
        print(f"error: {problem}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    return 1


def _run(words: list[str]) -> int:
    before = _words_before_command(words)
    command = words[len(before)] if len(words) > len(before) else ""
    if command not in WORK:
        asked = f"this stand-in for kubectl has no `{command}`." if command else "say what to do."
        raise Usage(asked)
    mine, own = _divide(command, before + words[len(before) + 1 :])
    options = _parser(command).parse_intermixed_args(mine)
    options.command = own
    connection = Connection.open(options)
    try:
        return WORK[command](options, connection)
    finally:
        connection.rest.close()


def _words_before_command(words: list[str]) -> list[str]:
    """Options that stand before the command, with their values."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in VALUED_BEFORE_COMMAND else 1
    return words[:position]


def _divide(command: str, words: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and for exec those after `--`, which are the command's own whatever they look like."""
    if command != "exec":
        return words, []
    if "--" not in words[:-1]:
        raise Usage("write the command after `--`, as in: kubectl exec client -- curl -s http://web.")
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _parser(command: str) -> Parser:
    parser = Parser(prog=f"kubectl {command}", allow_abbrev=False)
    parser.add_argument("-n", "--namespace")
    parser.add_argument("--kubeconfig")
    parser.add_argument("--context")
    add = parser.add_argument
    match command:
        case "get":
            add("what", nargs="*")
            add("-o", "--output", default="")
            add("-A", "--all-namespaces", action="store_true")
            add("-l", "--selector", default="")
            add("-f", "--filename", action="append", default=[])
            add("-L", "--label-columns", default="")
            add("--show-labels", action="store_true")
            add("--no-headers", action="store_true")
            add("--field-selector", default="")
            add("--ignore-not-found", action="store_true")
        case "describe":
            add("what", nargs="+")
            add("-l", "--selector", default="")
        case "explain":
            add("field")
        case "apply":
            add("-f", "--filename", action="append", required=True)
            add("--dry-run", choices=("none", "server"), default="none")
        case "delete":
            add("what", nargs="*")
            add("-f", "--filename", action="append", default=[])
            add("-l", "--selector", default="")
            add("--all", action="store_true")
            add("--ignore-not-found", action="store_true")
            add("--now", action="store_true")
            add("--grace-period", type=int)
            add("--wait", type=_yes_or_no, default=True, nargs="?", const=True)
        case "logs":
            add("what", nargs="+")
            add("-c", "--container")
            add("-p", "--previous", action="store_true")
            add("--tail", type=int)
            add("--timestamps", action="store_true")
        case "exec":
            add("what")
            add("-c", "--container")
            add("-i", "--stdin", action="store_true")
            add("-t", "--tty", action="store_true")
        case "label":
            add("what", nargs="+")
            add("--overwrite", action="store_true")
        case "scale":
            add("what", nargs="+")
            add("--replicas", type=int, required=True)
        case "wait":
            add("what", nargs="+")
            add("--for", dest="condition", required=True)
            add("--timeout", default="30s")
            add("-l", "--selector", default="")
            add("--all", action="store_true")
        case "version":
            add("--client", action="store_true")
            add("-o", "--output", default="")
    return parser


def _yes_or_no(text: str) -> bool:
    return text.lower() not in ("false", "0", "no")


def _server_said(refusal: Refused) -> str:
    """An API server's refusal in kubectl's words."""
    if refusal.reason == "Invalid":
        return f"error: {refusal}"
    return f"Error from server ({refusal.reason}): {refusal}" if refusal.reason else f"Error from server: {refusal}"
