"""What the catalog knows: models and fault numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from sungrow_emulator.catalog.codes import load_faults
from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.models import load_models
from sungrow_emulator.catalog.registers import families
from sungrow_emulator.catalog.spec import FaultSpec, ModelSpec
from sungrow_emulator.control.routes.common import API

router = APIRouter(prefix=API, tags=["catalog"])
FamilyFilter = Annotated[str, Query(title="Register family", examples=["hybrid-rt"])]


@router.get("/models")
async def list_models(family: FamilyFilter = "") -> tuple[ModelSpec, ...]:
    """List the models that can be emulated."""
    if family and family not in families():
        raise UnknownNameError("family", family, families())
    return tuple(model for model in load_models().values() if not family or model.family == family)


@router.get("/faults")
async def list_known_faults() -> tuple[FaultSpec, ...]:
    """List the faults and alarms that can be set."""
    return tuple(load_faults().values())
