"""The questions: scenario files, the models that validate them, the command line, and notebooks.

```python
from scenarios import simulate, load_run

run = simulate("quiet-minute", seed=7, users=50)
run.latency(by="operation")
```

What is exported here is imported when it is first used: pandas and matplotlib take a while.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from scenarios.errors import InputError, ScenarioError
    from scenarios.notebook import Interrupted, load_run, simulate
    from scenarios.recorded import Run
    from scenarios.several import (
        Comparison,
        Experiment,
        Replicated,
        Sweep,
        capacity,
        compare,
        load_experiment,
        replicate,
        sweep,
    )

_HOMES: Final = {
    "Comparison": "scenarios.several",
    "Experiment": "scenarios.several",
    "InputError": "scenarios.errors",
    "Interrupted": "scenarios.notebook",
    "Replicated": "scenarios.several",
    "Run": "scenarios.recorded",
    "ScenarioError": "scenarios.errors",
    "Sweep": "scenarios.several",
    "capacity": "scenarios.several",
    "compare": "scenarios.several",
    "load_experiment": "scenarios.several",
    "load_run": "scenarios.notebook",
    "replicate": "scenarios.several",
    "simulate": "scenarios.notebook",
    "sweep": "scenarios.several",
}

__all__ = [
    "Comparison",
    "Experiment",
    "InputError",
    "Interrupted",
    "Replicated",
    "Run",
    "ScenarioError",
    "Sweep",
    "capacity",
    "compare",
    "load_experiment",
    "load_run",
    "replicate",
    "simulate",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import what is exported when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if stranger := _stranger():
            raise ImportError(stranger) from error
        raise


def _stranger() -> str | None:
    """Say which folder of somebody else has the name of one of our packages; None for none.

    The command line looks before it imports anything, see `openoutcry.py`; who imports us from
    a script or a notebook hears of it here.
    """
    ours = Path(__file__).parents[1]
    for name in ("actors", "simulation", "reports"):
        origin = getattr(sys.modules.get(name), "__file__", None)
        if origin is not None and ours not in Path(origin).parents[:2]:
            return (
                f"the name '{name}' stands for {Path(origin).parent}, which is not part of Open "
                "Outcry; rename it, or start Python in another folder"
            )
    return None


def __dir__() -> list[str]:
    """Name what is exported, for whoever completes names."""
    return sorted({*globals(), *_HOMES})
