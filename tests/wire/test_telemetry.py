import pytest

from apolo_tui.model.telemetry import JobTelemetry
from apolo_tui.wire.telemetry import decode_telemetry, encode_telemetry

NOW = 1000.0


def test_a_sample_of_a_gpu_job() -> None:
    message = (
        '{"cpu": 0.53, "memory": 812, "memory_bytes": 851443712, "timestamp": 1795333678.74,'
        ' "gpu_duty_cycle": 41, "gpu_memory": 10240, "gpu_memory_bytes": 10737418240}'
    )
    sample = JobTelemetry(0.53, 851443712, 1795333678.74, 41, 10737418240)
    assert decode_telemetry(message, now=NOW) == sample
    assert decode_telemetry(encode_telemetry(sample), now=NOW) == sample


def test_without_gpus_there_are_no_gpu_figures() -> None:
    sample = JobTelemetry(1.0, 0, 5.0)
    assert "gpu" not in encode_telemetry(sample)
    assert decode_telemetry(encode_telemetry(sample), now=NOW) == sample


def test_keys_may_be_absent_and_bytes_may_be_fractions() -> None:
    sample = decode_telemetry(b'{"memory_bytes": 10.5}', now=NOW)
    assert sample == JobTelemetry(0.0, 10, NOW)
    assert decode_telemetry('{"cpu": 1, "memory": 2}', now=NOW) == JobTelemetry(1.0, 2 * 2**20, NOW)


@pytest.mark.parametrize("message", ["", "{}", "[]", "null", "{", '{"cpu": "x"}', b"\xff\xfe"])
def test_what_is_no_sample_is_ignored(message: str | bytes) -> None:
    assert decode_telemetry(message, now=NOW) is None
