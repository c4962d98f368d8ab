"""Paths and state drawn as SVG, and as text for those who do not see it. Pure."""

from collections.abc import Sequence

from servicelab.network.path import Path
from servicelab.network.state import ClusterState
from servicelab.picture.palette import Theme
from servicelab.picture.words import describe

__all__ = ["Theme", "describe", "picture"]


def picture(paths: Sequence[Path], state: ClusterState, theme: Theme = Theme.AUTO, after: int | None = None) -> str:
    """The ways that requests take through a cluster, as an SVG document.

    `state` is the cluster the paths were found in: it says what stands on which node, and what the Services' fields
    are. More than eight different ways are not drawn, and the picture says so. With Theme.AUTO the picture follows
    the page it is on. Its text alternative is `describe(paths, state)`. With `after`, of one path, it shows how far the
    request has got after so many hops.
    """
    from servicelab.picture.layout import lay_out
    from servicelab.picture.scene import scene_of
    from servicelab.picture.svg import draw
    from servicelab.picture.words import words_of

    scene = scene_of(paths, state)
    return draw(lay_out(scene), Theme(theme), scene.title, words_of(scene, paths, state), after)
