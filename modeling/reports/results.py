"""What benchmarks have measured, read from the files that they wrote: `benchmarks/results/NAME.json`, where the site runs from its repository."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from modeling.measure_texts import text_of
from modeling.reports.figures import Figure

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResultFile:
    name: str
    command: str
    made_at: str
    figures: dict[tuple[str, str, str], Figure]
    """By (data, arm, metric)."""

    @property
    def arms(self) -> tuple[str, ...]:
        """In their order, without differences of two."""
        return tuple(dict.fromkeys(arm for _data, arm, _metric in self.figures if "_minus_" not in arm))

    def of(self, data: str, arm: str, metric: str) -> Figure | None:
        return self.figures.get((data, arm, metric))


def read_results(name: str) -> ResultFile | None:
    """None: it was never measured, the results do not lie beside the site, or the file is none that can be read (half written, say)."""
    path = Path(settings.BASE_DIR) / "benchmarks" / "results" / f"{name}.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        logger.warning("%s is no result file; the page says that nothing was measured.", path, exc_info=True)
        return None


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int) -> ResultFile:
    """Once for each state of the file: some hold a thousand rows and more."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return ResultFile(content["name"], content["command"], content["made_at"][:10], dict(_figures(content["rows"])))


def _figures(rows: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str, str], Figure]]:
    for row in rows:
        yield (row["data"], row["arm"], row["metric"]), Figure(row["value"], *_interval(row), row["n"])


def _interval(row: dict[str, Any]) -> tuple[float | None, float | None]:
    """No further than the measure itself can go, where it is no difference or slope: what few seeds may still do was added on both sides."""
    if row["low"] is None or row["high"] is None or "_minus_" in row["arm"] or "slope_" in row["arm"]:
        return row["low"], row["high"]
    lowest, highest = text_of(row["metric"]).limits
    return max(lowest, row["low"]), min(highest, row["high"])
