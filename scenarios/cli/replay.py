"""A small world played again, as its scenario spells it out: no seed decides anything."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from scenarios.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from simulation.explore.verdict import Verdict
    from simulation.plan import Plan


def play_again(plan: Plan, *, as_json: bool) -> ExitCode:
    """Play the small world of a plan, and show what became of it; nothing is recorded.

    Raises:
        FileError: One of its files cannot be used; says what is wrong and where.
    """
    from scenarios.failures import world_of_plan
    from simulation.explore.hunt import play_quietly
    from simulation.explore.world import CRASH

    assert plan.replay is not None, "only a plan with a replay can be played again"
    verdict = play_quietly(world_of_plan(plan, plan.replay))
    if as_json:
        click.echo(json.dumps(_summary(plan, verdict), indent=2))
    else:
        _show(plan, verdict)
    if any(trouble.name.startswith(CRASH) for trouble in verdict.troubles):
        return ExitCode.BUG
    return ExitCode.GOOD if verdict.passed else ExitCode.AUDIT_FAILED


def _summary(plan: Plan, verdict: Verdict) -> dict[str, Any]:
    return {
        "scenario": plan.name,
        "passed": verdict.passed,
        "broken": verdict.signs,
        "troubles": [trouble.sentence for trouble in verdict.troubles],
        "digest": verdict.digest,
        "audit": verdict.audit.to_json(),
    }


def _show(plan: Plan, verdict: Verdict) -> None:
    # What raised comes first: it is often the cause of what the audit found.
    firsts = {trouble.name: trouble for trouble in reversed(verdict.troubles)}
    for name, count in Counter(trouble.name for trouble in verdict.troubles).items():
        again = "" if count == 1 else f" ({count} times, first:)"
        line = f"{name}{again}: {firsts[name].sentence}"
        click.echo(textwrap.fill(line, 80, subsequent_indent="    ", break_on_hyphens=False))
    click.echo(verdict.audit.render())
    fired = sum(len(names) for names in verdict.decisions.values())
    word = "nothing lost" if verdict.passed else "something lost"
    click.echo(f"{plan.name}: {word}; {fired} decisions for faults fired")
    click.echo(f"digest {verdict.digest}")
