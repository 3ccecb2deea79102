from apolo_tui.model.telemetry import JobTelemetry

MIB = 2**20


def test_memory_is_told_in_mib() -> None:
    sample = JobTelemetry(0.5, 812 * MIB, 1795333678.74, 41, 10240 * MIB)
    assert sample.memory == 812
    assert sample.gpu_memory == 10240


def test_without_gpus_there_is_no_gpu_memory_rather_than_none_of_it() -> None:
    sample = JobTelemetry(0.5, 0, 0.0)
    assert sample.gpu_memory is None
    assert sample.gpu_memory_fraction(MIB) is None


def test_the_share_of_gpu_memory_needs_to_know_how_much_there_is() -> None:
    sample = JobTelemetry(0.5, 0, 0.0, 1, 6 * MIB)
    assert sample.gpu_memory_fraction(24 * MIB) == 0.25
    assert sample.gpu_memory_fraction(None) is None
    assert sample.gpu_memory_fraction(0) is None
