"""Draw docs/explanation/house.svg: the rooms by floor, and which imports which.

Floors are the layers that pyproject.toml has import-linter check; arrows are the imports that the
code has, without those that follow from others. Run it when either changes.
"""

import tomllib
from itertools import product
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = Path(__file__).parent / "explanation" / "house.svg"

WIDTH, ROOM, HEIGHT, FLOOR = 860, 118, 34, 86
LEAVES = 600
COLUMNS = {
    "cli": 0.5, "dashboard": 0.12, "replay": 0.5, "pictures": 0.84, "evaluation": 0.84,
    "training": 0.84, "live": 0.12, "lsl": 0.36, "data": 0.62, "model": 0.92, "stream": 0.36,
    "signal": 0.2, "metrics": 0.8, "errors": 0.86,
}  # fmt: skip
"""Where rooms stand from left to right, 0–1, so that no arrow crosses a room; others in between."""
INK, LINE, PAPER, WALL = "#1f2933", "#7b8794", "#ffffff", "#e4ecf5"


def floors() -> list[list[str]]:
    """The layers, highest first; each a list of modules."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    return [[module.strip() for module in layer.split("|")] for layer in layers]


def is_room(module: str) -> bool:
    """Whether it is a package, and no single file."""
    folder = ROOT.joinpath(*module.split("."))
    return folder.is_dir()


def boxes(layers: list[list[str]]) -> list[list[tuple[str, ...]]]:
    """The layers' boxes: one for each room, and one for all single files of a floor."""
    found = []
    for layer in layers:
        leaves = tuple(module for module in layer if not is_room(module))
        rooms = [(module,) for module in layer if is_room(module)]
        found.append([*rooms, *([leaves] if leaves else [])])
    return found


def arrows(layers: list[list[tuple[str, ...]]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Which box imports which, without what follows from others."""
    graph = grimp.build_graph("rtdreamer", "replay")
    every = [box for floor in layers for box in floor]

    def imports(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        return any(_direct(graph, a, b) for a, b in product(one, other))

    direct = {box: {b for b in every if b != box and imports(box, b)} for box in every}
    reach: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for box in reversed(every):  # what is lower is known already
        reach[box] = direct[box].union(*(reach.get(b, set()) for b in direct[box]))
    return [
        (box, other)
        for box in every
        for other in every
        if other in direct[box] and not any(other in reach[b] for b in direct[box] - {other})
    ]


def _direct(graph: grimp.ImportGraph, one: str, other: str) -> bool:
    ours = {one, *graph.find_descendants(one)}
    theirs = {other, *graph.find_descendants(other)}
    return any(theirs & graph.find_modules_directly_imported_by(module) for module in ours)


def name(box: tuple[str, ...]) -> str:
    """What stands in a box."""
    return " · ".join(module.removeprefix("rtdreamer.") for module in box)


def draw() -> str:
    """The picture, as SVG."""
    layers = boxes(floors())
    place: dict[tuple[str, ...], tuple[float, float, float]] = {}
    for number, floor in enumerate(layers):
        for column, box in enumerate(floor):
            width = ROOM if len(box) == 1 else LEAVES
            centre = COLUMNS.get(name(box), (column + 1) / (len(floor) + 1))
            left = centre * WIDTH - width / 2 if len(box) == 1 else 24
            place[box] = (left, 12 + number * FLOOR, width)
    height = 24 + (len(layers) - 1) * FLOOR + HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14">',
        '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{LINE}"/></marker>',
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>',
    ]
    found = arrows(layers)
    for one, other in found:
        x1, y1, w1 = place[one]
        x2, y2, w2 = place[other]
        start = x1 + w1 / 2
        end = _landing(start, x2, w2)
        parts.append(
            f'<line x1="{start:.0f}" y1="{y1 + HEIGHT}" x2="{end:.0f}" y2="{y2}" '
            f'stroke="{LINE}" stroke-width="1.3" marker-end="url(#tip)"/>'
        )
    for box, (x, y, width) in place.items():
        parts.append(
            f'<rect x="{x:.0f}" y="{y}" width="{width}" height="{HEIGHT}" rx="6" fill="{WALL}" '
            f'stroke="{INK}"/>'
            f'<text x="{x + width / 2:.0f}" y="{y + 22}" text-anchor="middle" fill="{INK}">'
            f"{name(box)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _landing(start: float, left: float, width: float) -> float:
    """Where an arrow meets a box: straight below where it can."""
    if width <= ROOM:
        return left + width / 2
    return min(max(start, left + 20), left + width - 20)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
