"""Faults: what goes wrong in a run, decided by name, and the runtime on which it does."""

from __future__ import annotations

from simulation.faults.disk import DiskFull, SimulatedDisk
from simulation.faults.injector import Fired, Injector
from simulation.faults.runtime import FaultyRuntime

__all__ = ["DiskFull", "FaultyRuntime", "Fired", "Injector", "SimulatedDisk"]
