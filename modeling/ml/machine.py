"""Which family of processors this is: on the same family, and with the same libraries, the fast lane gives the same bytes."""

import platform
from pathlib import Path

import torch


def machine_facts() -> dict[str, str]:
    """Architecture, vendor and family of the processor, and the widest instructions that torch uses on it."""
    stated = _cpuinfo()
    return {
        "architecture": platform.machine(),
        "vendor": stated.get("vendor_id", stated.get("CPU implementer", platform.processor())),
        "family": stated.get("cpu family", stated.get("CPU part", "")),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _cpuinfo() -> dict[str, str]:
    """Of the first processor; nothing where the system does not say."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
