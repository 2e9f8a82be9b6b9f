"""docs/results.md from the files of benchmarks/results, and docs/measures.md: `make results`. Never edited by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import measures_page
from benchmarks.result_file import RESULTS, ROOT

NO_INTERVAL = "none"
OVERVIEWS = {
    "loss_ablation": (
        ("gate", "accuracy"),
        ("real", "jigsaw_score"),
        ("real", "worst_bpsn"),
        ("real", "worst_bnsp"),
        ("real", "attack_recall"),
        ("madlibs", "madlibs_bpsn"),
        ("madlibs", "madlibs_fped"),
        ("swap_probe", "swap_rate"),
        ("swap_probe", "hostile_flagged"),
    )
}
"""What is shown of a long file with an arm in each line; everything it holds, differences between arms too, is folded away below."""
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
    table = ["| data | arm | measure | value | interval | n | seeds |", "|---|---|---|--:|---|--:|--:|", *(table_row(row) for row in file["rows"])]
    if shown := OVERVIEWS.get(file["name"]):
        lines += [*overview(file["rows"], shown), "", f"<details><summary>All {len(file['rows']):,} figures</summary>", "", *table, "", "</details>"]
    else:
        lines += table
    reasons = [(row["data"], row["arm"], reason) for row in file["rows"] for reason in row.get("reasons", [])]
    lines += ["", *(f"- {data}, {arm}: {reason}" for data, arm, reason in reasons)]
    return "\n".join(lines).rstrip() + "\n"


def overview(rows: list[dict[str, Any]], shown: Sequence[tuple[str, str]]) -> list[str]:
    """A line per arm, a column per measure. Arms that have none of them, and differences of two arms, are left out."""
    found = {(row["arm"], row["data"], row["metric"]): row["value"] for row in rows}
    lines = ["| arm | " + " | ".join(f"{data}: {metric}" for data, metric in shown) + " |", "|---" + "|--:" * len(shown) + "|"]
    for arm in dict.fromkeys(row["arm"] for row in rows):
        values = [found.get((arm, data, metric)) for data, metric in shown]
        if "_minus_" not in arm and any(value is not None for value in values):
            lines.append(f"| {arm} | " + " | ".join("" if value is None else f"{value:.3f}" for value in values) + " |")
    return lines


def table_row(row: dict[str, Any]) -> str:
    interval = f"{row['low']:.4g} to {row['high']:.4g}" if row["low"] is not None else NO_INTERVAL
    unit = f" {row['unit']}" if row["unit"] else ""
    value = "not enough data" if row["value"] is None else f"{row['value']:.4g}{unit}"
    cells = [row["data"], row["arm"], row["metric"], value, interval, f"{row['n']:,}", row["seeds"]]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    Path(ROOT / "docs").mkdir(exist_ok=True)
    main()
