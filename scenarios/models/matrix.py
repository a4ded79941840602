"""The table `[matrix]` of a scenario: keys with the values that a sweep gives them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Values = Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]
Cells = Annotated[tuple[dict[str, Any], ...], Field(strict=False)]


class Matrix(BaseModel):
    """Every other key is the dotted path of a key of the scenario, with a list of values."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, Values]

    include: Cells = Field(default=(), description="cells besides those of all combinations")
    exclude: Cells = Field(default=(), description="combinations that are left out")

    @property
    def axes(self) -> dict[str, tuple[Any, ...]]:
        """The values of each key, in the order of the file."""
        return dict(self.__pydantic_extra__)
