"""What the page of results says of figures with an interval, without one, and of none at all."""

import pytest

from benchmarks.write_results import HEADER, overview, section, table_row

ROW = {"data": "real", "arm": "plain", "metric": "accuracy", "value": 0.91234, "low": 0.9, "high": 0.92, "n": 1234, "seeds": 3, "unit": ""}


def test_a_figure_stands_with_its_interval_and_n() -> None:
    assert table_row(ROW) == "| real | plain | accuracy | 0.9123 | 0.9 to 0.92 | 1,234 | 3 |"


@pytest.mark.parametrize("missing", [{"low": None, "high": None}, {"low": None, "high": None, "value": 0.0}])
def test_a_figure_without_an_interval_is_shown_as_one(missing: dict[str, float | None]) -> None:
    assert " | none | 1,234 | " in table_row({**ROW, **missing})


def test_what_could_not_be_measured_is_no_zero() -> None:
    assert "| not enough data | none |" in table_row({**ROW, "value": None, "low": None, "high": None})


def test_the_page_promises_no_interval_that_is_not_there() -> None:
    assert "with an interval where one was taken" in HEADER
    assert "*none*" in HEADER


def test_an_overview_has_a_line_per_arm_and_leaves_differences_to_the_whole_table() -> None:
    rows = [
        ROW,
        {**ROW, "metric": "swap_rate", "value": 0.25},
        {**ROW, "arm": "fair", "value": None},
        {**ROW, "arm": "fair_minus_plain", "value": 0.1},
    ]
    rows.append({**ROW, "arm": "fair", "metric": "swap_rate", "value": 0.125})
    assert overview(rows, [("real", "accuracy"), ("real", "swap_rate")]) == [
        "| arm | real: accuracy | real: swap_rate |",
        "|---|--:|--:|",
        "| plain | 0.912 | 0.250 |",
        "| fair |  | 0.125 |",
    ]


def test_a_part_names_its_machine_its_data_and_the_reasons_of_a_verdict() -> None:
    data = {"name": "real", "files": ["a.csv"], "rows": 26_705, "sha256": "ab" * 32}
    file = {"name": "main_job", "command": "python -m benchmarks.main_job", "made_at": "today", "machine": {"cores": 2}, "notes": "Notes."}
    said = section({**file, "data": [data], "rows": [ROW, {**ROW, "reasons": ["Accuracy fell."]}]})
    assert "cores 2" in said
    assert f"26,705 rows; SHA-256 {'ab' * 8}…" in said
    assert said.endswith("- real, plain: Accuracy fell.\n")
