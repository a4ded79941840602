"""How long a handler takes, by message: measured on threads, used in virtual time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

BUILT_IN = Path(__file__).with_name("calibration.toml")


def load_service_times(path: Path = BUILT_IN) -> dict[str, float]:
    """Read a calibration file.

    Returns:
        Seconds by class name of a message; under `default` those of any other.

    Raises:
        ValueError: The file is not a calibration file; says what is wrong and where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))["service_time_us"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ValueError(f"{path}: not a calibration file: {error!r}") from error
    if not isinstance(table, Mapping) or "default" not in table:
        raise ValueError(f"{path}: [service_time_us] needs a 'default'")
    for name, value in table.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{path}: service_time_us.{name}: give microseconds, not {value!r}")
    return {name: value / 1e6 for name, value in table.items()}
