"""Bodies of requests: strict, closed, with examples for the API document."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Word = Annotated[int, Field(ge=0, le=0xFFFF, title="Raw 16-bit word")]
Words = Annotated[list[Word], Field(min_length=1, max_length=125, title="Raw words")]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Body(BaseModel):
    """A JSON object without surprises: right types, no unknown members."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PinBody(Body):
    """Words to lay above a register bank."""

    words: Annotated[Words, Field(examples=[[0xFFFF]])]


class WriteBody(Body):
    """A register write as a client does it: function 6 for one word, else 16."""

    address: Annotated[
        int,
        Field(ge=1, le=65536, title="Document number of the first word", examples=[5008]),
    ]
    words: Annotated[
        Annotated[list[Word], Field(min_length=1, max_length=123)] | None,
        Field(title="Raw words", examples=[[500]]),
    ] = None
    value: Annotated[
        int | None,
        Field(ge=-32768, le=65535, title="One word; below 0 as two's complement"),
    ] = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.words is None) == (self.value is None):
            raise ValueError("give either words or value")
        return self

    def raw(self) -> list[int]:
        """Return the words to write."""
        return self.words if self.words is not None else [(self.value or 0) & 0xFFFF]


class WattsBody(Body):
    """A power in W."""

    watts: Annotated[Finite, Field(title="Power in W", examples=[2500])]


class SocBody(Body):
    """A state of charge."""

    percent: Annotated[Finite, Field(ge=0, le=100, title="State of charge in %", examples=[55])]


class FaultBody(Body):
    """A fault or alarm to set."""

    fault: Annotated[
        int | Annotated[str, Field(min_length=1, max_length=80)],
        Field(title="Number or name", examples=[10, "grid-lost"]),
    ]


class ClockBody(Body):
    """How simulated time goes on; what is left out stays."""

    frozen: Annotated[bool | None, Field(title="Whether it stands still")] = None
    speed: Annotated[
        Finite | None,
        Field(ge=0.001, le=86400, title="Simulated seconds per second", examples=[60]),
    ] = None
    time: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=40,
            title="Where to go: ISO 8601, sunrise, sunset, solar-noon, midnight or dst",
            examples=["2026-06-21T12:00:00Z"],
        ),
    ] = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.frozen is None and self.speed is None and self.time is None:
            raise ValueError("give at least one of frozen, speed, time")
        return self


class AdvanceBody(Body):
    """How far to advance simulated time."""

    seconds: Annotated[
        Finite, Field(ge=0, title="Simulated seconds to settle before answering", examples=[900])
    ]
