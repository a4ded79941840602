"""From the name of a scenario to a plan: read, extend, override, validate, resolve."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from scenarios.dated import dated
from scenarios.errors import Mistake, ScenarioError
from scenarios.layers import FileLayer, OptionLayer, read_layer, read_override
from scenarios.merge import Merged
from scenarios.mistakes import mistake_at, mistakes_in
from scenarios.models import Scenario, contradictions
from scenarios.models.market import Market
from scenarios.models.types import Contradiction
from scenarios.price_files import PRICE_FILE, unusable_prices
from scenarios.suggest import did_you_mean
from scenarios.toml_text import to_toml
from scenarios.units import shown
from simulation.plan import Plan

LIBRARY: Final = Path(__file__).parent / "library"
_REPLAY_FILES: Final = (("replay", "commands"), ("replay", "ticks"))


@dataclass(frozen=True, slots=True)
class ResolvedScenario:
    """A scenario that can be run.

    Attributes:
        plan: What the simulation takes.
        as_given: Text of the file that was named.
        as_resolved: TOML text of every key, which resolves to the same plan.
        sources: The files read, the one that was named first.
        replications: How often it is run, each time with a seed of its own.
    """

    plan: Plan
    as_given: str
    as_resolved: str
    sources: tuple[Path, ...]
    replications: int = 1


def resolve(
    name_or_path: str, overrides: Sequence[str] = (), seed: int | None = None
) -> ResolvedScenario:
    """Return the scenario of that bundled name or file, ready to run.

    Args:
        name_or_path: A bundled name, or the path of a TOML file.
        overrides: `KEY=VALUE` each, as after `--set`; a later one wins.
        seed: Replaces the scenario's seed, also one set by `overrides`.

    Raises:
        ScenarioError: With every mistake found, each with its place.
    """
    files = family_of(name_or_path)
    return finish(files, merge(files, overrides, seed))


def finish(files: Sequence[FileLayer], merged: Merged) -> ResolvedScenario:
    """Return the scenario that layers make together; its matrix, if it has one, is left out.

    Args:
        files: Its files, the one that was named first.
        merged: All layers.

    Raises:
        ScenarioError: With every mistake found, each with its place.
    """
    scenario = _validate(merged)
    resolved = _with_files(scenario.model_dump(exclude={"matrix"}), merged)
    plan = Scenario.model_validate(resolved).to_plan(_plan_name(files[0].path))
    return ResolvedScenario(
        plan=plan,
        as_given=files[0].text,
        as_resolved=to_toml(resolved),
        sources=tuple(file.path for file in files),
        replications=scenario.replications,
    )


def bundled() -> dict[str, Path]:
    """Return the scenarios that come with the package, by name."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.toml"))}


def find_scenario(name_or_path: str) -> Path:
    """Return the file of a bundled name, or the path itself.

    Raises:
        ScenarioError: It is neither.
    """
    path = Path(name_or_path)
    if name_or_path in bundled():
        return bundled()[name_or_path]
    if path.suffix == ".toml" or len(path.parts) > 1 or _exists(path):
        if not _exists(path):
            what = f"no such file{did_you_mean(path.stem, bundled())}"
            raise ScenarioError([Mistake(name_or_path, "", what)])
        return path
    known = f"; bundled are {', '.join(bundled())}, or give the path of a .toml file"
    what = f"no such scenario{did_you_mean(name_or_path, bundled()) or known}"
    raise ScenarioError([Mistake(shown(name_or_path), "", what)])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False


def family_of(name_or_path: str) -> list[FileLayer]:
    """Return the file of a scenario and those it extends, the nearest first.

    Raises:
        ScenarioError: One of them is not there, or is not TOML.
    """
    files = [read_layer(find_scenario(name_or_path))]
    while (parent := files[-1].document.pop("extends", None)) is not None:
        child = files[-1]
        target = _parent_path(parent, child)
        if any(file.path.resolve() == target.resolve() for file in files):
            raise _extends_error(child, f"{shown(parent)} closes a circle of extends")
        files.append(read_layer(target))
    return files


def _parent_path(parent: Any, child: FileLayer) -> Path:
    if not isinstance(parent, str) or not parent:
        raise _extends_error(child, f"one name or path is meant, not {shown(parent)}")
    beside = child.folder / parent
    name = parent.removesuffix(".toml")
    if parent.endswith(".toml") and _exists(beside):
        return beside
    if name in bundled():
        return bundled()[name]
    if _exists(beside):
        return beside
    what = f"no such scenario as {shown(parent)}, beside the file or bundled"
    raise _extends_error(child, what + did_you_mean(name, bundled()))


def _extends_error(child: FileLayer, what: str) -> ScenarioError:
    where = child.where(("extends",), key=False)
    return ScenarioError([Mistake(where, "extends", what)])


def merge(files: Sequence[FileLayer], overrides: Sequence[str], seed: int | None) -> Merged:
    """Lay the files over each other, the first on top, and the options over them.

    Raises:
        ScenarioError: An option cannot be read, or leads nowhere.
    """
    merged = Merged(files[-1])
    for file in reversed(files[:-1]):
        merged.add_file(file)
    for override in overrides:
        merged.add_option(read_override(override))
    if seed is not None:
        merged.add_option(OptionLayer("--seed", ("seed",), seed))
    return merged


def _validate(merged: Merged) -> Scenario:
    try:
        scenario = Scenario.model_validate(merged.document)
    except ValidationError as error:
        raise ScenarioError(mistakes_in(error, merged)) from None
    scenario, of_date = dated(scenario)
    amiss = [*of_date, *contradictions(scenario)]
    found = [mistake_at(path, what, merged) for path, what in amiss]
    market = scenario.market
    found += [
        mistake_at(path, what, merged)
        for path, what in unusable_prices(market, _price_file(market, merged))
    ]
    found += [mistake_at(path, what, merged) for path, what in _missing_files(scenario, merged)]
    if found:
        raise ScenarioError(found)
    return scenario


def _price_file(market: Market, merged: Merged) -> Path | None:
    file = getattr(market.prices, "file", None)
    return None if file is None else _from_owner(file, PRICE_FILE, merged)


def _with_files(resolved: dict[str, Any], merged: Merged) -> dict[str, Any]:
    """Return the values with the paths of files as seen from anywhere."""
    for path in (PRICE_FILE, *_REPLAY_FILES):
        *tables, key = path
        table: Any = resolved
        for name in tables:
            table = table.get(name) or {}
        if table.get(key) is not None:
            table[key] = str(_from_owner(table[key], path, merged).resolve())
    return resolved


def _missing_files(scenario: Scenario, merged: Merged) -> Iterator[Contradiction]:
    """Yield the files of a replay that are not there."""
    for path in _REPLAY_FILES if scenario.replay is not None else ():
        file = _from_owner(getattr(scenario.replay, path[-1]), path, merged)
        if not file.is_file():
            yield path, f"no such file: {file}"


def _from_owner(file: str, path: tuple[str, ...], merged: Merged) -> Path:
    return merged.owner(path).folder / Path(file).expanduser()


def _plan_name(path: Path) -> str:
    """Return a file's name with what is neither a letter nor a digit, in any script, as dashes."""
    stem = unicodedata.normalize("NFC", path.stem)  # some systems split an umlaut in two
    return re.sub("-+", "-", "".join(map(_named, stem))).strip("-") or "scenario"


def _named(character: str) -> str:
    is_letter = character.isalnum() or unicodedata.category(character).startswith("M")
    return character if is_letter else "-"
