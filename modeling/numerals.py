"""How numbers are written, in tables and in sentences alike. No Django."""

import math

MINUS = "\N{MINUS SIGN}"
NOT_ENOUGH = "not enough data"


def is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def number(value: float | None, digits: int = 3) -> str:
    """`.931`; `1.000`; a missing value reads "not enough data"."""
    if value is None or not math.isfinite(value):
        return NOT_ENOUGH
    rounded = f"{abs(value):.{digits}f}"
    sign = MINUS if value < 0 and float(rounded) else ""
    return sign + (rounded[1:] if rounded.startswith("0.") else rounded)


def signed(value: float | None, digits: int = 3) -> str:
    """A difference: `+.031`, `−.011`, `.000`."""
    shown = number(value, digits)
    return f"+{shown}" if value is not None and value > 0 and shown.strip(".0") and shown != NOT_ENOUGH else shown


def time_of_minutes(value: float | None) -> str:
    """`2.4 s`, `48 s`, `1.2 min`: one more digit where seconds are few."""
    if value is None or not math.isfinite(value):
        return NOT_ENOUGH
    seconds = value * 60
    shown = f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:.0f}" if seconds < 59.5 else f"{value:.1f}"
    return f"{shown}\N{NO-BREAK SPACE}{'s' if seconds < 59.5 else 'min'}"


def share(value: float | None, digits: int = 1) -> str:
    """A share in [0, 1] in per cent: `21.3 %` (with a space that does not break)."""
    return f"{value * 100:.{digits}f}\N{NO-BREAK SPACE}%" if value is not None and math.isfinite(value) else NOT_ENOUGH


def points(value: float | None, digits: int = 1) -> str:
    """A difference of shares in percentage points: `−7.1`, `+0.4`, `0.0`."""
    if value is None or not math.isfinite(value):
        return NOT_ENOUGH
    rounded = f"{abs(value) * 100:.{digits}f}"
    return rounded if not float(rounded) else ("+" if value > 0 else MINUS) + rounded
