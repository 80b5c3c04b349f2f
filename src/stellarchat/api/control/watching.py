"""How an instance has done lately, and what it was found to do."""

from typing import Annotated

from fastapi import Depends

from stellarchat.api import deps
from stellarchat.api.control.envelope import Wrapper
from stellarchat.api.control.schemas import Envelope
from stellarchat.api.control.watching_schemas import Course, Sample, Verification
from stellarchat.api.routes import Routes
from stellarchat.services.instances.instances import Instances
from stellarchat.services.watching.history import History
from stellarchat.services.watching.verification import Verifier

router = Routes(prefix="/api/v1/models/running/{run_id}", tags=["control"])

Wrap = Annotated[Wrapper, Depends(Wrapper)]
InstancesDep = Annotated[Instances, Depends(deps.instances)]


@router.get("/history")
async def history(
    run_id: str,
    wrap: Wrap,
    instances: InstancesDep,
    history: Annotated[History, Depends(deps.history)],
) -> Envelope[Course]:
    """Speed, memory and queue of the last half hour, oldest first."""
    instances.instance(run_id)
    samples = [Sample.model_validate(sample) for sample in history.of(run_id)]
    return wrap(Course(run_id=run_id, interval_seconds=history.interval, samples=samples))


@router.get("/verification")
async def verification(
    run_id: str,
    wrap: Wrap,
    instances: InstancesDep,
    verifier: Annotated[Verifier, Depends(deps.verifier)],
) -> Envelope[Verification]:
    """What short requests found it to do; `verified_at` is null as long as it was not asked."""
    instances.instance(run_id)
    return wrap(Verification.model_validate(verifier.of(run_id)))
