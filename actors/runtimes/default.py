"""The runtime of actors that are started without one."""

from __future__ import annotations

from functools import cache

from actors.runtimes.threads import ThreadRuntime


@cache
def default_runtime() -> ThreadRuntime:
    """Return the one runtime on threads of this process, made at its first use."""
    return ThreadRuntime()
