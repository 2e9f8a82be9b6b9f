from benchmarks.measures_page import PATH, page
from modeling.measures.registry import MEASURES, PROBE_MEASURES, SUBGROUP_MEASURES


def test_the_page_on_measures_is_the_registrys():
    """`make results` writes it again."""
    assert PATH.read_text() == page()


def test_every_measure_stands_on_it_with_its_interval():
    text = page()
    for name, measure in {**MEASURES, **SUBGROUP_MEASURES, **PROBE_MEASURES}.items():
        row = next(line for line in text.splitlines() if f"| `{name}` |" in line)
        assert measure.definition in row
        assert measure.interval_method in row
