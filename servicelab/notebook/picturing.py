"""`%picture`: the ways that requests take through the learner's cluster, drawn. Nothing is sent."""

import shlex

from IPython.display import display

from servicelab.cluster.base import Cluster
from servicelab.network.places import Place, parse_place
from servicelab.network.route import possible_paths
from servicelab.network.unmodelled import Unmodelled
from servicelab.picture import describe, picture
from servicelab.tracing.asking import read_target
from servicelab.tracing.reading import read_state

USAGE = "%picture FROM TARGET [FROM TARGET …], for example: %picture pod/shop/client http://web outside svc/shop/web"
NOTE = "Drawn from the cluster's objects, as the lab's model of the network reads them; nothing was sent."


def parse_picture(line: str, namespace: str) -> list[tuple[Place, str]]:
    """Read what follows `%picture`: pairs of a vantage point and a target. ValueError with a sentence."""
    words = shlex.split(line)
    if not words or len(words) % 2:
        raise ValueError(f"Which requests? Write {USAGE}")
    return [(parse_place(source, namespace), target) for source, target in zip(words[::2], words[1::2], strict=True)]


def draw(cluster: Cluster, requests: list[tuple[Place, str]], namespace: str) -> None:
    """Display all ways of all requests in one picture; where nothing can be displayed, its words.

    ValueError with a sentence for a target that is none, and for a way the model does not know.
    """
    state = read_state(cluster)
    try:
        paths = [
            path
            for source, target in requests
            for path in possible_paths(state, source, read_target(target, source, state, namespace))
        ]
    except Unmodelled as error:
        raise ValueError(f"This cannot be drawn: {error}.") from None
    # As HTML: an SVG output becomes an image, which does not know JupyterLab's theme.
    shown = {
        "text/html": f"<figure style='margin:0'>{picture(paths, state)}<figcaption>{NOTE}</figcaption></figure>",
        "text/plain": f"{describe(paths, state)}\n{NOTE}",
    }
    display(shown, raw=True)  # type: ignore[no-untyped-call]
