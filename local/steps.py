"""The demo's progress in the terminal: one line a step, live while it runs, with its time when it
is done.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape

Show = Callable[[str], None]
# Without a terminal, say where a long step is, but not more often than this.
QUIET_SECONDS = 10


@dataclass(kw_only=True)
class Steps:
    """`seconds`: how long each finished step took, by its key."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def step(self, key: str, title: str) -> Generator[Show]:
        """Show the title while the block runs; the block calls what it gets to say where it is."""
        started = told = time.monotonic()
        if self.console.is_terminal:
            with self.console.status(title) as status:
                yield lambda text: status.update(f"{title}: {text}")
        else:
            self.console.print(f"… {title}")

            def tell(text: str) -> None:
                nonlocal told
                if time.monotonic() - told >= QUIET_SECONDS:
                    told = time.monotonic()
                    self.console.print(f"    {text}")

            yield tell
        self.seconds[key] = round(time.monotonic() - started, 2)
        self.console.print(f"[green]✓[/] {title} [dim]{self.seconds[key]:.1f} s[/]")

    def note(self, text: str) -> None:
        """A line of its own, under the step that has just ended."""
        self.console.print(f"  [dim]{escape(text)}[/]", soft_wrap=True)
