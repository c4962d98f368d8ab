"""Where arrows run: lanes beside the boxes, and what room that leaves for the boxes.

What a client sent runs to the left of the boxes, what has been readdressed to the right. Arrows within a frame have
lanes in it, arrows between frames run outside all frames: no line passes through a machine its packet does not visit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicelab.picture.palette import Route
from servicelab.picture.scene import Box, Frame, Leg, Scene, Slot

WIDEST = 8.0
"""From one lane to the next, when there is room."""
LEAST_BOX = 150.0
Area = tuple[Frame | None, bool]
"""Where an arrow runs: in a frame or (None) between frames, and whether to the right of the boxes."""


@dataclass(frozen=True)
class Columns:
    """The x of everything: where frames and boxes begin and end, and each arrow's upright part."""

    left: float
    right: float
    box_left: float
    box_right: float
    lanes: tuple[float, ...]


def columns(scene: Scene, width: float, padding: float, labels: Mapping[bool, float]) -> Columns:
    """From left to right: outer lanes, the frames' edge, inner lanes, labels (so wide), boxes, and back again."""
    frames = {box: frame for frame in scene.frames for box in frame.boxes}
    areas = [_area(leg, frames) for leg in scene.legs]
    lanes = _lanes(scene, areas)
    depth: dict[tuple[bool, bool], int] = defaultdict(int)
    """How many lanes there are: outside the frames or within, on the right or the left."""
    for (frame, on_right), lane in zip(areas, lanes, strict=True):
        depth[frame is None, on_right] = max(depth[frame is None, on_right], lane + 1)
    spare = width - 4 * padding - sum(labels.values()) - LEAST_BOX
    pitch = min(WIDEST, spare / max(1, sum(depth.values())))
    left, right = depth[True, False] * pitch, width - depth[True, True] * pitch

    def x(area: Area, lane: int) -> float:
        frame, on_right = area
        outwards = (lane + 1) * pitch if frame is None else (lane + 1 - depth[False, on_right]) * pitch - padding
        return right + outwards if on_right else left - outwards

    return Columns(
        left,
        right,
        left + padding + depth[False, False] * pitch + labels[False],
        right - padding - depth[False, True] * pitch - labels[True],
        tuple(map(x, areas, lanes)),
    )


def _area(leg: Leg, frames: Mapping[Box, Frame]) -> Area:
    start, end = frames[leg.start[0]], frames[leg.end[0]]
    return start if start is end else None, leg.right


def _lanes(scene: Scene, areas: Sequence[Area]) -> list[int]:
    """The lane of each arrow, counted from the boxes outwards; arrows from one place share theirs."""
    slots = [(box, block) for frame in scene.frames for box in frame.boxes for block in (None, *box.blocks)]
    order = {slot: number for number, slot in enumerate(slots)}
    shared: dict[Area, dict[tuple[Slot, Route], list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, (leg, area) in enumerate(zip(scene.legs, areas, strict=True)):
        shared[area][leg.start, leg.route].append(number)
    found = [0] * len(areas)
    for groups in shared.values():
        ends = [
            [order[slot] for n in some for slot in (scene.legs[n].start, scene.legs[n].end)] for some in groups.values()
        ]
        for some, lane in zip(groups.values(), lanes_of([(min(one), max(one)) for one in ends]), strict=True):
            for number in some:
                found[number] = lane
    return found


def lanes_of(spans: Sequence[tuple[int, int]]) -> list[int]:
    """A lane for each span, short ones first, so that no two in one lane touch."""
    lanes: list[list[tuple[int, int]]] = []
    found = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda one: (spans[one][1] - spans[one][0], one)):
        first, last = spans[number]
        lane = next((n for n, taken in enumerate(lanes) if all(last < a or b < first for a, b in taken)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(spans[number])
        found[number] = lane
    return found
