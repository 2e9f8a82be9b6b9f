"""docs/results.md from the files of benchmarks/results, and docs/measures.md: `make results`. Never edited by hand."""

import json
from pathlib import Path
from typing import Any

from benchmarks import measures_page
from benchmarks.result_file import RESULTS, ROOT

NO_INTERVAL = "none"
HEADER = f"""<!-- Made by `make results` from benchmarks/results/*.json. Do not edit. -->

# Results

Every figure with its n, and with an interval where one was taken: of 95 %, unless the part's own text names another. Where the column says
*{NO_INTERVAL}*, none was: the figure is a count, a yes (1) or no (0), or a measurement whose scatter was not taken.
"""


def main() -> None:
    files = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    (ROOT / "docs" / "results.md").write_text(HEADER + "".join(section(file) for file in files))
    measures_page.main()


def section(file: dict[str, Any]) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in file["machine"].items())
    lines = [f"\n## {file['name']}\n", f"Made by `{file['command']}` (and its other parts) at {file['made_at']}; {machine}.\n", f"{file['notes']}\n"]
    lines += [f"Data `{d['name']}`: {', '.join(d['files'])}; {d['rows']:,} rows; SHA-256 {d['sha256'][:16]}…\n" for d in file["data"]]
    lines += ["| data | arm | measure | value | interval | n | seeds |", "|---|---|---|--:|---|--:|--:|"]
    lines += [table_row(row) for row in file["rows"]]
    reasons = [(row["data"], row["arm"], reason) for row in file["rows"] for reason in row.get("reasons", [])]
    lines += ["", *(f"- {data}, {arm}: {reason}" for data, arm, reason in reasons)]
    return "\n".join(lines).rstrip() + "\n"


def table_row(row: dict[str, Any]) -> str:
    interval = f"{row['low']:.4g} to {row['high']:.4g}" if row["low"] is not None else NO_INTERVAL
    unit = f" {row['unit']}" if row["unit"] else ""
    value = "not enough data" if row["value"] is None else f"{row['value']:.4g}{unit}"
    cells = [row["data"], row["arm"], row["metric"], value, interval, f"{row['n']:,}", row["seeds"]]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    Path(ROOT / "docs").mkdir(exist_ok=True)
    main()
