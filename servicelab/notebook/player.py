"""`%play`: one request, sent and played hop by hop: its addresses, the fields responsible, the prediction beside it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import ipywidgets  # type: ignore[import-untyped]

from servicelab.cluster.base import Cluster
from servicelab.network.entrances import entrances
from servicelab.network.path import Path
from servicelab.network.places import Place, parse_place
from servicelab.network.vantage_points import vantage_points
from servicelab.notebook import lively
from servicelab.notebook.line import LineParser
from servicelab.notebook.session import TOLD, Opened
from servicelab.picture import describe, picture
from servicelab.picture.excerpts import Excerpt, excerpts
from servicelab.picture.moments import moments
from servicelab.picture.stepping import step_html
from servicelab.picture.steps import ending_of
from servicelab.tracing.asking import read_target
from servicelab.tracing.reading import Json, read_objects, state_of
from servicelab.tracing.trace import Trace, trace
from servicelab.tracing.words import conclusion

USAGE = "%play FROM TARGET, for example: %play pod/shop/client http://web"
SECONDS = 1.5
"""From one hop to the next while it plays."""
SIDE_BY_SIDE = (
    "<div style='display:flex;flex-wrap:wrap;gap:1em'><figure style='margin:0;flex:1 1 22em;max-width:100%'>{}</figure>"
    "<div style='flex:1 1 22em;min-width:0'>{}</div></div>"
)
"""Where there is no room for that, below each other."""


def parse_play(line: str, namespace: str) -> tuple[Place, str]:
    """Read what follows `%play`: a vantage point, and a target as it is written. ValueError with a sentence."""
    parser = LineParser(USAGE)
    parser.add_argument("source", metavar="FROM")
    parser.add_argument("target", metavar="TARGET")
    asked = parser.read(line)
    return parse_place(asked.source, namespace), asked.target


@dataclass(frozen=True)
class Played:
    """A request that was sent, with the cluster's objects of that moment and the learner's own texts."""

    trace: Trace
    objects: Sequence[Json] = field(repr=False)
    own: Mapping[str, str]
    namespace: str

    @property
    def ways(self) -> tuple[Path, ...]:
        """The ways that were predicted; the one that ends as the request did comes first."""
        first = self.trace.path
        return () if first is None else (first, *(one for one in self.trace.prediction.paths if one != first))

    def excerpts(self, way: Path, after: int) -> tuple[Excerpt, ...]:
        """Where the fields stand that the last of so many hops happened because of."""
        if not after:
            return ()
        return excerpts(list(moments(way))[after - 1].causes, self.own, self.objects, self.namespace)

    def whole(self, way: Path) -> str:
        """The whole way, drawn, with the prediction and what became of the request."""
        return f"<figure style='margin:0'>{picture([way], self.trace.state)}</figure>{self.compared()}"

    def step(self, way: Path, after: int) -> str:
        """The moment after so many hops, over the picture of how far the request has got."""
        drawn = picture([way], self.trace.state, after=after)
        said = f"{step_html(way, after, self.excerpts(way, after))}{self.compared()}"
        return SIDE_BY_SIDE.format(drawn, said)

    def compared(self) -> str:
        """Prediction and probe."""
        return lively.preformatted(conclusion(self.trace))

    def text(self) -> str:
        """The same for what shows no HTML."""
        drawn = describe(self.ways[:1], self.trace.state) if self.ways else ""
        return f"{drawn}{conclusion(self.trace)}"


def send(cluster: Cluster, source: Place, target: str, own: Mapping[str, str], namespace: str) -> Played:
    """Predict the request, send it, compare. ValueError with a sentence for a target that is none."""
    objects = read_objects(cluster)
    state = state_of(cluster, objects)
    return Played(trace(cluster, state, source, read_target(target, source, state, namespace)), objects, own, namespace)


class Player:
    """The controls and the view of a request. What goes wrong is said in the view."""

    def __init__(self, played: Played, opened: Opened) -> None:
        self._opened = opened
        self._playing: asyncio.Task[None] | None = None
        state, space = played.trace.state, played.namespace
        places = [str(place) for place in vantage_points(played.objects, space)]
        services = [one for one in state.services.values() if one.namespace == space]
        targets = [str(door.target) for one in services for door in entrances(state, one)]
        asked, target = str(played.trace.source), str(played.trace.target)
        wide = ipywidgets.Layout(width="auto", max_width="100%")
        self.source = ipywidgets.Combobox(
            value=asked, options=list(dict.fromkeys([asked, *places])), description="From", layout=wide
        )
        self.target = ipywidgets.Combobox(
            value=target, options=list(dict.fromkeys([target, *targets])), description="To", layout=wide
        )
        self.ways = ipywidgets.Dropdown(description="Way", layout=wide)
        self.view = ipywidgets.HTML()
        self.ask = self._button("Send", "Send this request", self._send)
        self.next = self._button("Step", "One hop on", lambda: self._go(self.after + 1))
        self.back = self._button("Back", "One hop back", lambda: self._go(self.after - 1))
        self.play = self._button("Play", "Hop after hop", self._play)
        self.all = self._button("Whole way", "The whole way at once", lambda: self._go(None))
        row = ipywidgets.Layout(flex_flow="row wrap")
        self.widget = ipywidgets.VBox(
            [
                ipywidgets.HBox([self.source, self.target, self.ask], layout=row),
                self.ways,
                ipywidgets.HBox([self.play, self.next, self.back, self.all], layout=row),
                self.view,
            ]
        )
        self.ways.observe(lambda _: self._go(None), names="index")
        self._take(played)

    def _button(self, words: str, meaning: str, pressed: Callable[[], None]) -> Any:
        def stopped_first(_: Any) -> None:
            playing = self._stop()
            if not (playing and pressed == self._play):
                pressed()

        made = ipywidgets.Button(description=words, tooltip=meaning, layout=ipywidgets.Layout(width="auto"))
        made.on_click(stopped_first)
        return made

    @property
    def way(self) -> Path | None:
        """The way that is shown; None when nothing could be predicted."""
        return self.played.ways[self.ways.index or 0] if self.played.ways else None

    def _take(self, played: Played) -> None:
        self.played = played
        listed = [
            f"{number} of {len(played.ways)}: {ending_of(way.verdict)}" for number, way in enumerate(played.ways, 1)
        ]
        self.ways.options = listed
        self.ways.index = 0 if listed else None
        self.ways.layout.display = "" if len(played.ways) > 1 else "none"
        self._go(None)

    def _send(self) -> None:
        namespace = self.played.namespace
        try:
            with self._opened() as cluster:
                self._take(
                    send(
                        cluster,
                        parse_place(self.source.value, namespace),
                        self.target.value,
                        self.played.own,
                        namespace,
                    )
                )
        except TOLD as error:
            self.view.value = f"<p>{escape(str(error))}</p>"

    def _go(self, after: int | None) -> None:
        """Show the moment after so many hops; None: the whole way."""
        way = self.way
        if way is None:
            self.after, self.view.value = 0, self.played.compared()
            return
        self.after = max(0, min(after or 0, len(way.hops)))
        self.next.description = "Step" if after is None else f"Step ({self.after} of {len(way.hops)} done)"
        self.view.value = self.played.whole(way) if after is None else self.played.step(way, self.after)

    def _play(self) -> None:
        self.play.description = "Pause"
        self._playing = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        at_end = self.way is None or self.after >= len(self.way.hops)
        self._go(0 if at_end else self.after)
        while self.way is not None and self.after < len(self.way.hops):
            await asyncio.sleep(SECONDS)
            self._go(self.after + 1)
        self._playing = None
        self.play.description = "Play"

    def _stop(self) -> bool:
        """Stop playing; whether it played."""
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.cancel()
        self.play.description = "Play"
        return playing is not None


def play(opened: Opened, source: Place, target: str, own: Mapping[str, str], namespace: str) -> None:
    """Send the request and display it with its player; where there are no widgets, the picture or its words."""
    with opened() as cluster:
        played = send(cluster, source, target, own, namespace)
    html = played.whole(played.ways[0]) if played.ways else played.compared()
    lively.show(Player(played, opened).widget, html, played.text())
