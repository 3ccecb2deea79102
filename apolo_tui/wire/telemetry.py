"""Telemetry messages <-> JobTelemetry (docs/protocol.md section 6.3)."""

from typing import Any

import msgspec

from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.model.units import MIB
from apolo_tui.wire import lenient


def decode_telemetry(message: str | bytes, *, now: float) -> JobTelemetry | None:
    """A sample; None for a message that is not one.

    `now` (unix seconds) stands in for a timestamp that is missing. Older platforms may send
    MiB alone, and a key may be absent at any time.
    """
    try:
        document = msgspec.json.decode(message)
    except lenient.NOT_JSON:
        return None
    found = lenient.mapping(document)
    cpu = lenient.number(found.get("cpu"))
    memory = _bytes(found, "memory_bytes", "memory")
    if cpu is None and memory is None:
        return None
    timestamp = lenient.number(found.get("timestamp"))
    return JobTelemetry(
        cpu=cpu or 0.0,
        memory_bytes=memory or 0,
        timestamp=now if timestamp is None else timestamp,
        gpu_duty_cycle=lenient.integer(found.get("gpu_duty_cycle")),
        gpu_memory_bytes=_bytes(found, "gpu_memory_bytes", "gpu_memory"),
    )


def _bytes(found: Any, key: str, key_mib: str) -> int | None:
    value = lenient.integer(found.get(key))
    if value is not None:
        return value
    mib = lenient.number(found.get(key_mib))
    return None if mib is None else int(mib * MIB)


def encode_telemetry(sample: JobTelemetry) -> str:
    document: dict[str, Any] = {
        "cpu": sample.cpu,
        "memory": sample.memory_bytes // MIB,
        "memory_bytes": sample.memory_bytes,
        "timestamp": sample.timestamp,
    }
    if sample.gpu_duty_cycle is not None:
        document["gpu_duty_cycle"] = sample.gpu_duty_cycle
    if sample.gpu_memory_bytes is not None:
        document["gpu_memory"] = sample.gpu_memory_bytes // MIB
        document["gpu_memory_bytes"] = sample.gpu_memory_bytes
    return msgspec.json.encode(document).decode()
