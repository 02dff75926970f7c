"""Bodies of requests: strict, closed, with examples for the API document."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from sungrow_emulator.config import Config, flag
from sungrow_emulator.plan import MOST_FAULTS, NAME

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


class HoldBody(Body):
    """What is held from the start on; powers in W."""

    pv_power: Annotated[Finite | None, Field(alias="pv-power", title="AC power of the PV")] = None
    load_power: Annotated[Finite | None, Field(alias="load-power", title="Load in all")] = None
    battery_power: Annotated[
        Finite | None, Field(alias="battery-power", title="Battery power, positive discharges")
    ] = None
    soc: Annotated[
        Finite | None, Field(ge=0, le=100, title="State of charge to begin with in %")
    ] = None


class _DeviceBody(Body):
    """A device to add: an option of the command line is a member, the rest is as it is there."""

    id: Annotated[
        Annotated[str, Field(pattern=f"^{NAME}$")] | None,
        Field(title="Name of the device", examples=["garage"]),
    ] = None
    hold: Annotated[HoldBody | None, Field(title="What is held from the start on")] = None
    faults: Annotated[
        list[int | str] | None,
        Field(title="Faults and alarms it starts with", max_length=MOST_FAULTS),
    ] = None

    def members(self) -> dict[str, Any]:
        """Return what was given, by names with hyphens."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _option(spec: dataclasses.Field[Any]) -> tuple[Any, Any]:
    kinds: dict[str, Any] = {"str": str, "bool": bool, "int": int, "int | None": int}
    kind = kinds.get(str(spec.type), Finite)
    low, high = spec.metadata["bounds"] or (None, None)
    return kind | None, Field(
        None, alias=flag(spec.name), title=spec.metadata["help"], ge=low, le=high
    )


if TYPE_CHECKING:

    class DeviceBody(_DeviceBody):
        """A device to add; its options are members too."""

else:  # Members follow the options, so that each is described and checked in one place.
    DeviceBody = create_model(
        "DeviceBody",
        __base__=_DeviceBody,
        **{s.name: _option(s) for s in dataclasses.fields(Config) if not s.metadata["shared"]},
    )
