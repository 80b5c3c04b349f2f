"""What is shown of an instance's course and abilities."""

from datetime import datetime

from pydantic import BaseModel, Field

from stellarchat.api.schemas import Shown


class Sample(Shown):
    """One moment of an instance."""

    at: datetime
    tokens_per_second: float = Field(description="over all of its replies")
    memory_bytes: int | None
    gpu_memory_bytes: int | None
    active: int
    queued: int


class Course(BaseModel):
    """The samples of an instance, oldest first."""

    run_id: str
    interval_seconds: float
    samples: list[Sample]


class Check(Shown):
    """Whether an ability works; null: not tried, or not to be told."""

    ok: bool | None
    note: str | None


class Verification(Shown):
    """What was found of an instance, by ability: stream, stop, schema, tools, thinking, vision, …"""

    run_id: str
    verified_at: datetime | None
    checks: dict[str, Check]
