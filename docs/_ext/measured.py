"""The directive `missed-bars`: the figures of ARCHITECTURE.md that fell short of their bar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ARCHITECTURE: Final = Path(__file__).parents[2] / "ARCHITECTURE.md"

_MISSED: Final = "**missed**"


class MissedBars(SphinxDirective):
    """Shows what was measured and missed, from the one table in which figures are kept."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_dependency(str(ARCHITECTURE))
        rows = list(missed(ARCHITECTURE.read_text(encoding="utf-8")))
        if not rows:
            return [nodes.paragraph(text="None.")]
        return self.parse_text_to_nodes(
            "\n".join(["| what | measured | bar |", "|---|---|---|", *rows])
        )


def missed(text: str) -> Iterator[str]:
    """Yield a row for each figure that missed its bar: what, the figure, the bar."""
    for line in text.splitlines():
        if line.startswith("| ") and _MISSED in line:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            yield f"| {' | '.join(cells[:3])} |"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("missed-bars", MissedBars)
    return {"parallel_read_safe": True}
