"""`%board`: a namespace's Services, endpoints, Pods and requests, as they change."""

from contextlib import ExitStack, closing

import ipywidgets  # type: ignore[import-untyped]

from servicelab.cluster.base import Cluster, MachineError, WaitedTooLong
from servicelab.course import judging
from servicelab.notebook import lively
from servicelab.notebook.line import LineParser
from servicelab.tracing import board_page
from servicelab.tracing.board import Board, changes
from servicelab.tracing.following import Following, Request, request_of

USAGE = "%board [FROM TARGET] [-n NAMESPACE], for example: %board pod/shop/client http://web -n shop"
READY_WITHIN = 10.0
_shown: list["LiveBoard"] = []
"""The one that follows: a second `%board` ends it, so that a notebook holds no more connections than it shows."""


def parse_board(line: str, namespace: str) -> tuple[str, str, str]:
    """Read what follows `%board`: a namespace, and the words of a request, or "". ValueError with a sentence."""
    parser = LineParser(USAGE)
    parser.add_argument("source", metavar="FROM", nargs="?", default="")
    parser.add_argument("target", metavar="TARGET", nargs="?", default="")
    parser.add_argument("--namespace", "-n", default=namespace)
    asked = parser.read(line)
    if asked.source and not asked.target:
        parser.error("a request has a FROM and a TARGET")
    return asked.namespace, asked.source, asked.target


def show(namespace: str, source: str, target: str) -> None:
    """Display the board of the learner's cluster, which follows it until it is stopped."""
    while _shown:
        _shown.pop().stop()
    with ExitStack() as unless_shown:
        cluster = unless_shown.enter_context(closing(judging.own_cluster()))
        request = request_of(cluster, source, target, namespace)
        made = LiveBoard(cluster, namespace, request)
        unless_shown.callback(made.stop)
        try:
            cluster.wait_until("the board", lambda: made.following.is_ready, timeout=READY_WITHIN)
        except WaitedTooLong as error:
            raise MachineError(str(error), "Look at `lab cluster status`.") from None
        lively.show(made.widget, made.html, "\n".join(changes(Board(namespace), made.following.board)))
        if lively.in_notebook():
            unless_shown.pop_all()
            _shown.append(made)


class LiveBoard:
    """A board and its button."""

    def __init__(self, cluster: Cluster, namespace: str, request: Request | None) -> None:
        self._cluster = cluster
        self._asked = f"{request.source} asks for {request.target}:" if request else ""
        self.view = ipywidgets.HTML()
        self.button = ipywidgets.Button(description="Stop", tooltip="Stop following the cluster")
        self.button.on_click(lambda _: self.stop())
        self.widget = ipywidgets.VBox([self.button, self.view])
        self.following = Following(cluster, namespace, request, self._draw)
        self.following.start()

    @property
    def html(self) -> str:
        """What is there now."""
        now = self.following
        return board_page.html(now.board, now.sent, self._asked, now.trouble)

    def _draw(self) -> None:
        html = self.html
        if html != self.view.value:
            self.view.value = html

    def stop(self) -> None:
        """Follow no longer; what was seen last stays."""
        self.following.end()
        self._cluster.close()
        self.button.description = "Stopped"
