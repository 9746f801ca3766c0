"""How arrows are led around boxes: few bends, few crossings, no line upon another. A shortest-path
search (A*) on a grid where all of that has its price.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automation.graph.board import BEND, LEFT, RIGHT, WAYS, Board, Point, opposite, ports
from automation.graph.places import GRID

if TYPE_CHECKING:
    from automation.graph.arrows import Arrow
    from automation.graph.picture import Picture
    from automation.graph.places import Places, Rect

State = tuple[Point, int]
"""A point, and the way in which the line came there."""


def lines(picture: Picture, places: Places) -> dict[Arrow, list[Point]]:
    """The corners of each arrow's line in pixels, from its source to its target."""
    board = Board(width=places.width // GRID, height=places.height // GRID)
    wholes = picture.wholes

    def choice(arrow: Arrow) -> tuple[bool, int, Arrow]:
        (x, y), (to_x, to_y) = (places.rects[end].centre for end in arrow.ends)
        return x != to_x and y != to_y, abs(x - to_x) + abs(y - to_y), arrow

    found: dict[Arrow, list[Point]] = {}
    for arrow in sorted(picture.arrows, key=choice):  # the straight and short ones first
        board.open_for(arrow, places, wholes)
        path = _Search(board, places.rects[arrow.source], places.rects[arrow.target]).path()
        board.draw(path)
        found[arrow] = [(x * GRID, y * GRID) for x, y in _corners(path)]
    return found


@dataclass
class _Search:
    board: Board
    source: Rect
    target: Rect
    best: dict[State, int] = field(default_factory=dict[State, int])
    came: dict[State, State] = field(default_factory=dict[State, State])
    heap: list[tuple[int, int, State]] = field(default_factory=list[tuple[int, int, State]])

    def path(self) -> list[Point]:
        """From edge to edge; raises ValueError where boxes leave no way."""
        for point, way, price in ports(self.source, RIGHT):
            self._offer((point, way), price + self.board.price(point, way), None)
        goals = {(point, opposite(way)): price for point, way, price in ports(self.target, LEFT)}
        arrived: dict[State, int] = {}
        while self.heap:
            least, cost, state = heapq.heappop(self.heap)
            if arrived and least >= min(arrived.values()):
                break
            if cost > self.best[state]:
                continue
            for step, price in self._steps(state):
                if step in goals:
                    total = cost + price + goals[step]
                    if total < arrived.get(step, total + 1):
                        arrived[step] = total
                        self.came[step] = state
                elif self.board.free(step[0]):
                    self._offer(step, cost + price, state)
        if not arrived:
            raise ValueError(f"no line can be led from {self.source} to {self.target}")
        return self._back(min(arrived, key=lambda state: (arrived[state], state)))

    def _steps(self, state: State) -> Iterator[tuple[State, int]]:
        (x, y), way = state
        for turned, (dx, dy) in enumerate(WAYS):
            leaving = state not in self.came  # straight out of the box
            if turned == opposite(way) or (leaving and turned != way):
                continue
            point = (x + dx, y + dy)
            bend = BEND if turned != way else 0
            yield (point, turned), 1 + bend + self.board.price(point, turned)

    def _offer(self, state: State, cost: int, before: State | None) -> None:
        if cost < self.best.get(state, cost + 1):
            self.best[state] = cost
            if before:
                self.came[state] = before
            heapq.heappush(self.heap, (cost + self._least(state[0]), cost, state))

    def _least(self, point: Point) -> int:
        """No way to the target is shorter."""
        (x, y), rect = self.target.centre, self.target
        across = abs(point[0] * GRID - x) - rect.width // 2
        upright = abs(point[1] * GRID - y) - rect.height // 2
        return (max(0, across) + max(0, upright)) // GRID

    def _back(self, state: State) -> list[Point]:
        path = [state[0]]
        while state in self.came:
            state = self.came[state]
            path.append(state[0])
        return path[::-1]


def _corners(path: list[Point]) -> list[Point]:
    """The path without the points on its straight parts."""
    kept = [path[0]]
    for before, point, after in zip(path, path[1:], path[2:], strict=False):
        if before[0] != after[0] and before[1] != after[1]:
            kept.append(point)
    return [*kept, path[-1]]
