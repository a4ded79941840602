"""Every key of a scenario as a page of documentation, made from its schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from scenarios.schema import make_schema

Schema = dict[str, Any]

HEADING: Final = "## Every key"
_TITLES: Final = {
    "Market": "[market]",
    "WalkPrices": 'market.prices, kind = "walk"',
    "BarsPrices": 'market.prices, kind = "bars"',
    "LobsterPrices": 'market.prices, kind = "lobster"',
    "Users": "[users]",
    "Profile": "[profile]",
    "ConstantLoad": '[[load]], shape = "constant-arrival-rate"',
    "RampingLoad": '[[load]], shape = "ramping-arrival-rate"',
    "Stage": "load.stages",
    "IntradayLoad": '[[load]], shape = "intraday"',
    "Cluster": "[cluster]",
    "MessageFault": "[[fault]]: messages",
    "ReportFault": "[[fault]]: reports to clients",
    "LinkFault": "[[fault]]: links",
    "BoundaryFault": "[[fault]]: crashes between effects",
    "ActorFault": "[[fault]]: actors",
    "NodeFault": "[[fault]]: nodes",
    "SlowNode": "[[fault]]: a slow node",
    "LoadSpike": "[[fault]]: a spike of load",
    "PriceGap": "[[fault]]: a leap of prices",
    "EarlyClose": "[[fault]]: an early close",
    "Notifications": "[notifications]",
    "Channel": "[notifications.email], .sms, .push, .console",
    "Outage": "outages of a channel",
    "Alerts": "[notifications.alerts]",
    "Subscriptions": "[subscriptions]",
    "Matrix": "[matrix]",
    "Replay": "[replay]",
}


def reference() -> str:
    """Return a table for each table of a scenario, with its keys, defaults and meanings."""
    schema = make_schema()
    lines = list(_table("Top level", schema))
    for name, title in _TITLES.items():
        lines += _table(f"`{title}`", schema["definitions"][name])
    return "\n".join(lines).rstrip() + "\n"


def _table(title: str, table: Schema) -> Iterator[str]:
    yield from (f"### {title}", "", table["description"], "")
    if not table.get("properties"):
        return
    yield from ("| key | default | meaning |", "|---|---|---|")
    required = table.get("required", ())
    for key, known in table["properties"].items():
        default = "required" if key in required else _shown(known.get("default"))
        yield f"| `{key}` | {default} | {known['description']} |"
    yield ""


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | dict):
        return "as `retail`" if len(value) < 14 else "many"
    return f"`{value}`"


def write_into(page: Path) -> None:
    """Replace what stands in a page below its heading of keys."""
    text = page.read_text(encoding="utf-8")
    before, _, after = text.partition(HEADING)
    first = after.partition("###")[0].rstrip()
    page.write_text(f"{before}{HEADING}{first}\n\n{reference()}", encoding="utf-8")


if __name__ == "__main__":
    write_into(Path(__file__).parents[1] / "docs" / "scenarios.md")
