"""Commands run in a container or on a node: what `kubectl exec` and a node shell give."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicelab.embedded.programs import environment, tools
from servicelab.embedded.programs.interpreter import Interpreter, Steps, Streams, at_once, run_steps
from servicelab.embedded.programs.process import Process, Session, Stdin, Tool, TooMuch
from servicelab.embedded.programs.typed import Typed, read_and_run
from servicelab.embedded.programs.world import World
from servicelab.embedded.resources import NODES, PODS
from servicelab.network.places import NodePlace, Place, PodPlace
from servicelab.network.unmodelled import Unmodelled

NOT_FOUND = 127
AS_PROGRAMS = ("echo", "printf", "test", "[", "pwd")


@dataclass(frozen=True)
class Finished:
    """A command that has run. `seconds`: how much of the cluster's time it took.

    `failure` is set when it could not even be started: the API server then answers with an error of that text
    instead of an exit code.
    """

    stdout: str
    stderr: str
    exit_code: int
    seconds: float
    failure: str = ""


def run(
    world: World, namespace: str, pod: str, container: str, command: Sequence[str], stdin: str | Stdin = ""
) -> Finished:
    """Run a command in a container (the Pod's first when `container` is empty), as `kubectl exec` does.

    Never raises for what a command does wrong; KeyError when the container does not run.
    """
    running = world.container(namespace, pod, container)
    if running is None:
        raise KeyError(f"container {container or '(first)'} of Pod {namespace}/{pod} does not run")
    found = world.store.get(PODS, namespace, pod) or running.pod
    session = Session(
        world,
        PodPlace(namespace, pod),
        environment.hostname(found),
        environment.files(found),
        running.files,
    )
    variables = environment.environment(world.store, found, running.name, running.variables)
    return _run(session, tools.IN_CONTAINERS, variables, command, stdin)


def run_on_node(world: World, node: str, command: Sequence[str], stdin: str = "") -> Finished:
    """Run a command on a node; KeyError when there is no such node."""
    found = world.store.get(NODES, "", node)
    if found is None:
        raise KeyError(f"there is no node {node}")
    files = {"/etc/hostname": f"{node}\n"}
    session = Session(world, NodePlace(node), node, files, {})
    variables = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": node,
        "HOME": "/root",
    }
    return _run(session, tools.ON_NODES, variables, command, stdin)


def _run(
    session: Session, known: dict[str, Tool], variables: dict[str, str], command: Sequence[str], stdin: str | Stdin
) -> Finished:
    streams = Streams(stdin if isinstance(stdin, Stdin) else Stdin(stdin), [], [])
    words = list(command)
    steps = steps_of(session, known, variables, words, streams)
    if steps is None:
        return _cannot_start(words[0], session.place, {**known, "sh": tools.system.true})
    try:
        code = at_once(steps)
    except TooMuch as limit:
        streams.err.append(f"{limit}\n")
        code = 124
    except Unmodelled as unknown:
        streams.err.append(f"The embedded cluster cannot tell what happens here: {unknown}.\n")
        code = 125
    return Finished("".join(streams.out), "".join(streams.err), code, session.seconds)


def _cannot_start(name: str, place: Place, known: dict[str, Tool]) -> Finished:
    """As the container runtime words it, with one line on what is missing here."""
    there = ", ".join(sorted(known))
    if isinstance(place, NodePlace):
        text = f"{name} is not emulated on the embedded cluster's nodes, which have {there}; use a kind cluster for it"
        return Finished("", f"{text}\n", NOT_FOUND, 0.0)
    where = f"stat {name}: no such file or directory" if "/" in name else "executable file not found in $PATH"
    failure = (
        "Internal error occurred: error executing command in container: failed to exec in container: "
        "failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: "
        f'exec: "{name}": {where} '
        f"(the embedded cluster has {there}; a kind cluster has all of the image's tools)"
    )
    return Finished("", f"{failure}\n", NOT_FOUND, 0.0, failure)


def steps_of(
    session: Session, known: dict[str, Tool], variables: dict[str, str], words: list[str], streams: Streams
) -> Steps[int] | None:
    """What a command does, step by step, up to its exit code; None when there is no such program."""
    if _is_shell(words[0]):
        return _shell(session, known, variables, words, streams)
    tool = tools.find(known, words[0])
    if tool is None and words[0] in AS_PROGRAMS:
        # The shell's own, which the image has as programs too.
        return Interpreter(session, lambda one: None, variables, words[0]).execute(words, variables, streams)
    if tool is None:
        return None
    return run_steps(tool, Process(session, words[0], words[1:], variables, streams.stdin, streams.out, streams.err))


def _is_shell(name: str) -> bool:
    return name.rsplit("/", 1)[-1] in ("sh", "ash", "bash")


def _shell(
    session: Session, known: dict[str, Tool], variables: dict[str, str], words: list[str], streams: Streams
) -> Steps[int]:
    name = words[0].rsplit("/", 1)[-1]
    arguments = words[1:]
    variables = {**variables, "SHLVL": "1", "PWD": "/"}

    def nested(process: Process) -> Steps[int] | None:
        """`sh -c …` inside a script."""
        if process.name.rsplit("/", 1)[-1] not in ("sh", "ash"):
            return None
        inner = Streams(process.stdin, process.out, process.err)
        return _shell(session, known, dict(process.variables), [process.name, *process.arguments], inner)

    # A name that other tools may ask for; what runs is `nested`.
    there = {**known, "sh": tools.system.true}
    shell = Interpreter(session, lambda one: tools.find(there, one), variables, name)
    shell.shells = nested
    while arguments and arguments[0].startswith("-"):
        flags = arguments.pop(0)[1:]
        shell.stop_on_failure = shell.stop_on_failure or "e" in flags
        if "c" in flags:
            if not arguments:
                streams.err.append(f"{name}: -c requires an argument\n")
                return 2
            text = arguments.pop(0)
            if arguments:
                shell.name, shell.positional = arguments[0], arguments[1:]
            return (yield from shell.run_text(text, streams))
    if arguments:
        text_of_file = session.read(arguments[0])
        if text_of_file is None:
            streams.err.append(f"{name}: can't open '{arguments[0]}': No such file or directory\n")
            return 2
        return (yield from shell.run_text(text_of_file, streams))
    if isinstance(streams.stdin, Typed):
        return (yield from read_and_run(shell, streams.stdin, streams))
    return (yield from shell.run_text(streams.stdin.rest(), streams))
