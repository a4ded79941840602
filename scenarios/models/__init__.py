"""What a scenario file may say: pydantic models that resolve into a `simulation.plan.Plan`."""

from __future__ import annotations

from scenarios.models.scenario import Scenario, contradictions

__all__ = ["Scenario", "contradictions"]
