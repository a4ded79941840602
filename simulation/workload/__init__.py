"""Workloads: the commands of a run's users, generated or read from a file."""

from __future__ import annotations

from simulation.workload.files import read_workload, write_workload
from simulation.workload.retail import make_workload
from simulation.workload.workload import Workload, WorkloadError

__all__ = ["Workload", "WorkloadError", "make_workload", "read_workload", "write_workload"]
