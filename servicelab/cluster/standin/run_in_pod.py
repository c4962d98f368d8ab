"""`logs` and `exec`."""

import argparse
import sys

from servicelab.cluster.base import MachineError
from servicelab.cluster.standin.connection import Connection
from servicelab.cluster.standin.errors import Usage
from servicelab.cluster.websocket_exec import Executor


def logs(options: argparse.Namespace, connection: Connection) -> int:
    """Print what a container has logged."""
    if len(options.what) > 2:
        raise Usage("give one Pod.")
    pod = _pod(connection, "/".join(options.what) if len(options.what) == 2 else options.what[0])
    query = {"container": options.container or ""}
    if options.previous:
        query["previous"] = "true"
    if options.timestamps:
        query["timestamps"] = "true"
    if options.tail is not None and options.tail >= 0:
        query["tailLines"] = str(options.tail)
    path = f"/api/v1/namespaces/{connection.namespace}/pods/{pod}/log"
    print(
        connection.rest.send("GET", path, query={key: value for key, value in query.items() if value}).text,
        end="",
    )
    return 0


def execute(options: argparse.Namespace, connection: Connection) -> int:
    """Run a command in a container; its exit code."""
    if options.tty:
        raise Usage("it opens no terminal (-t) in a container; run one command after another.")
    stdin = sys.stdin.buffer.read() if options.stdin else None
    done = Executor(connection.config).run(
        connection.namespace,
        _pod(connection, options.what),
        options.command,
        container=options.container,
        stdin=stdin,
        timeout=3600,
    )
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    if done.exit_code:
        print(f"command terminated with exit code {done.exit_code}", file=sys.stderr)
    return done.exit_code


def _pod(connection: Connection, word: str) -> str:
    """The Pod a word means: its name, `pod/NAME`, or a Pod of `deployment/NAME` or `service/NAME`."""
    if "/" not in word:
        return word
    kind, name = connection.targets([word])[0]
    if kind.plural == "pods":
        return name
    spec = connection.rest.get(kind.path(connection.namespace, name)).get("spec", {})
    selector = spec.get("selector") or {}
    labels = selector.get("matchLabels", {}) if kind.plural != "services" else selector
    wanted = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = connection.rest.items(f"/api/v1/namespaces/{connection.namespace}/pods", {"labelSelector": wanted})
    if not wanted or not pods:
        raise MachineError(f"{word} has no Pod", "Name a Pod.")
    first = sorted(pod["metadata"]["name"] for pod in pods)[0]
    if len(pods) > 1:
        print(f"Found {len(pods)} pods, using pod/{first}", file=sys.stderr)
    return str(first)
