"""Tells short stories: in each a planted bug is caught, and without it all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from planted.stage import Stage
from planted.table import Bug
from simulation.audit import AuditResult
from simulation.explore import Cast

Script = Callable[[Stage], Any]


class Story(NamedTuple):
    """What happens, and on what kind of stage."""

    script: Script
    options: dict[str, Any]


STORIES: Final[dict[str, Story]] = {}


def told(bug: Bug, cast: Cast) -> tuple[AuditResult, str]:
    """Tell a bug's story with a cast; return the verdict, and the digest of the journal."""
    script, options = STORIES[bug.name]
    stage = Stage(cast, **options)
    script(stage)
    return stage.judge(), stage.digest.hexdigest()


def story(*names: str, **options: Any) -> Callable[[Script], Script]:
    """Let a script be the story of some bugs."""

    def register(script: Script) -> Script:
        for name in names:
            assert name not in STORIES, f"{name} has a story"
            STORIES[name] = Story(script, options)
        return script

    return register
