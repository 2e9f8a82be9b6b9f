"""Charts as SVG for a page that must stand alone: the specs of the site, in colours of print. For the worker: it loads a JavaScript engine."""

import re
from typing import Any

from modeling.reports.charts import month_chart

WIDTH = 640
INK = {"--soft": "#4f5b60", "--line": "#d9dede", "--ink": "#1b2326"}
SERIES = ("#0b5f63", "#b8450f", "#5b3aa8", "#8a7a00", "#2f4a63", "#2f7d3c", "#b0246f", "#3f7fa8")
COLOURS = INK | {f"--series-{place}": colour for place, colour in enumerate(SERIES, start=1)}
VARIABLE = re.compile(r"var\((--[a-z0-9-]+)\)")


def months_svg(rows: list[dict[str, Any]], *, measures: tuple[str, ...], axis_title: str, marks: list[dict[str, str]]) -> str:
    """Lines of these measures by month, with their intervals; empty where there are no two values to join."""
    drawn = [row for row in rows if row["measure"] in measures and row["value"] is not None]
    if len({row["month"] for row in drawn}) < 2:
        return ""
    labels = {row["measure"]: row["label"] for row in drawn}
    series = [labels[name] for name in measures if name in labels]
    values = [{"month": row["month"], "series": row["label"], **{name: row[name] for name in ("value", "low", "high", "n")}} for row in drawn]
    months = {row["month"] for row in drawn}
    spec = month_chart(rows=values, series=series, axis_title=axis_title, marks=[mark for mark in marks if mark["month"] in months])
    return as_svg(spec)


def as_svg(spec: dict[str, Any]) -> str:
    import vl_convert

    return vl_convert.vegalite_to_svg({**printed(spec), "width": WIDTH})


def printed(part: Any) -> Any:
    """The spec with the site's variables, which no file outside of it has, as colours."""
    if isinstance(part, dict):
        return {name: printed(value) for name, value in part.items()}
    if isinstance(part, list):
        return [printed(value) for value in part]
    return VARIABLE.sub(lambda found: COLOURS[found[1]], part) if isinstance(part, str) else part
