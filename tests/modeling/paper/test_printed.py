"""The paper's tables as data: whole, and as printed."""

import pytest

from modeling.labels import SUBGROUPS
from modeling.paper.printed import PROPOSED, printed_tables


def test_every_table_and_figure_is_there():
    tables = {str(number) for number in range(1, 9)} | {f"A{number}" for number in range(1, 6)}
    assert set(printed_tables()) == tables | {f"F{number}" for number in range(1, 5)}


@pytest.mark.parametrize("table", printed_tables().values(), ids=lambda table: table.key)
def test_every_row_fills_its_columns(table):
    assert table.rows
    assert {len(row.values) for row in table.rows} == {len(table.columns)} == {len(table.digits)}
    assert table.title
    assert table.section


def test_the_five_tables_of_groups_have_our_24_subgroups_and_twelve_models_each():
    rows = [row for key in ("A1", "A2", "A3", "A4", "A5") for row in printed_tables()[key].rows]
    assert len(rows) == 12 * len(SUBGROUPS)
    assert {row.label for row in rows} == {row.label for row in printed_tables()["3"].rows}


def test_tables_add_up_where_the_paper_adds_up():
    total, *parts = printed_tables()["1"].column("Number of Instances")
    assert total == sum(parts)
    for row in printed_tables()["7"].rows:
        cross_entropy, bias, whole = row.values
        assert cross_entropy + bias == pytest.approx(whole, abs=1e-9)


def test_a_number_is_found_by_its_names():
    assert printed_tables()["A2"].value("RoBERTa", "F1-Score", "Female") == 0.928
    assert printed_tables()["5"].value(PROPOSED, "MCC") == 0.85
    assert printed_tables()["F2"].name == "Figure 2"
    with pytest.raises(KeyError):
        printed_tables()["F2"].value("MLP", "TP")
