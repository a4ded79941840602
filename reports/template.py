"""Fills the templates of pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from reports.palette import DARK, LIGHT, as_css


def fill(name: str, **values: Any) -> str:
    """Return a page as text: the same for the same values.

    Args:
        name: Of its template.
        values: What that names; all of it must be there.
    """
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"light": as_css(LIGHT), "dark": as_css(DARK)}
    return environment
