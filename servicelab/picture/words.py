"""The picture in words: what is drawn, for those who hear it read or have no picture."""

from collections.abc import Sequence

from servicelab.network.path import Hop, HopKind, Path
from servicelab.network.state import ClusterState
from servicelab.picture.journey import Sign, route_of
from servicelab.picture.scene import Scene, drawn, scene_of
from servicelab.picture.steps import ending_of


def describe(paths: Sequence[Path], state: ClusterState) -> str:
    """What a picture of these paths says, with every hop of every way that it draws."""
    return words_of(scene_of(paths, state), paths, state)


def words_of(scene: Scene, paths: Sequence[Path], state: ClusterState) -> str:
    """The text alternative of a scene."""
    lines = [f"{scene.title}.", *filter(None, [scene.subtitle])]
    for number, path in enumerate(drawn(paths), start=1):
        lines += ["", f"Way {number}, {route_of(path, state)}: from {path.source} to {path.target}."]
        lines += [f"  {step}. {hop.said}{_change(hop)}" for step, hop in enumerate(path.hops, start=1)]
        lines.append(f"  End: {ending_of(path.verdict)}.")
    lines.append("")
    for frame in scene.frames:
        boxes = [box.title for box in frame.boxes]
        lines.append(f"{_capital(frame.title)}" + (f": {'; '.join(boxes)}." if boxes else ": nothing drawn on it."))
        lines += [f"  {note}." for note in frame.notes]
    for fields in scene.fields:
        lines.append(f"{fields.title}, its fields: {'; '.join(fields.lines)}.")
    lines += [f"{_capital(more)}." for more in scene.more]
    return "\n".join(lines) + "\n"


def _change(hop: Hop) -> str:
    """The addresses that a hop rewrites, as the picture's markers say them."""
    if hop.kind is HopKind.SOURCE_REWRITE:
        return f" ({Sign.SNAT}: source {hop.source_before or 'unknown'} → {hop.source_after})"
    if hop.destination_after is None or hop.kind in (HopKind.NAME, HopKind.FORWARD):
        return ""
    return f" ({Sign.DNAT}: {hop.destination_before} → {hop.destination_after})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
