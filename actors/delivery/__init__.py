"""Gateways: where notifications leave the brokerage for the world."""

from __future__ import annotations

from actors.delivery.console import ConsoleGateway
from actors.delivery.gateway import Gateway, Unreachable, Unsendable
from actors.delivery.http import HttpGateway
from actors.delivery.smtp import SmtpGateway

__all__ = [
    "ConsoleGateway",
    "Gateway",
    "HttpGateway",
    "SmtpGateway",
    "Unreachable",
    "Unsendable",
]
