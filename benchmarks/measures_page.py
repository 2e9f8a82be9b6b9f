"""docs/measures.md from the registry of measures: `make results`, or `python -m benchmarks.measures_page`. Never edited by hand."""

from collections.abc import Iterable
from math import inf

from benchmarks.result_file import ROOT
from modeling.measure_texts import FLAGGED, SWAP_MEASURES
from modeling.measures.data import COUNTED_MINIMUM, FEWEST_CLUSTERS
from modeling.measures.described import Described
from modeling.measures.overall import GAP_MINIMUM
from modeling.measures.registry import MEASURES, PROBE_MEASURES, SUBGROUP_MEASURES

PATH = ROOT / "docs" / "measures.md"
HEADER = f"""<!-- Made by `make results` from modeling/measures. Do not edit. -->

# Measures

{FLAGGED} Every value comes with a 95 % interval and its n; below the least n it is undefined ("not enough data"), never 0.
Evaluation, dashboard, gate and export loop over these same entries (`modeling/measures/registry.py`).

Intervals by influence function: an AUC's from the placement values of both classes (DeLong, DeLong and Clarke-Pearson 1988), summed per
text or family first (Obuchowski 1997), on the logit scale; power means and the Jigsaw score by the delta method. All of these are of
Student's t, whose degrees of freedom follow from how evenly families share in the error. By bootstrap: texts or
families are drawn, 1,000 times; extremes and absolute gaps, which noise pushes to one side, are centred on the value. Differences of two
versions are paired: both see the same resamples, or influences are subtracted comment by comment. With fewer than {FEWEST_CLUSTERS} families on a
side an AUC has no interval. Means, worst values and gaps over subgroups run over those with {COUNTED_MINIMUM} toxic and {COUNTED_MINIMUM} non-toxic
comments of at least {FEWEST_CLUSTERS} families each: one that cannot be tested would leave the whole mean without a test. The gate names those
that are left out. A power mean or a worst value may rest on one such subgroup; a gap is undefined below {GAP_MINIMUM}.
The gate's primary test of such a measure rests on no distribution: both versions' predictions are exchanged at random,
family by family, and p is the share of exchanges that gain as much in units of their own error (`modeling/measures/exchange.py`).
"""

PROBES = f"""Least n: of the unit named. {", ".join(f"`{name}`" for name in SWAP_MEASURES)}: taken once of every version that is put into
use or judged, by the engine that serves it, and shown on the dashboard and beside a cycle's verdict, which does not ask about them. The
others: by benchmarks alone."""


def page() -> str:
    overall = _section("Overall", "Least n: comments of each kind that the measure needs.", MEASURES.values())
    subgroup = _section(
        "Of a subgroup, against all other comments", "Least n: comments of each kind that the measure needs.", SUBGROUP_MEASURES.values()
    )
    probes = _section("Of made-up pairs and sentences", PROBES, PROBE_MEASURES.values())
    return HEADER + overall + subgroup + probes


def _section(title: str, about: str, measures: Iterable[Described]) -> str:
    head = "| measure | name | definition | range | ideal | better | interval | least n |\n|---|---|---|---|--:|---|---|--:|\n"
    return f"\n## {title}\n\n{about}\n\n{head}" + "".join(_row(measure) for measure in measures)


def _row(measure: Described) -> str:
    lowest, highest = measure.range
    reach = f"{lowest:g} and up" if highest == inf else f"{lowest:g} to {highest:.3g}"
    ideal = "–" if measure.ideal is None else f"{measure.ideal:g}"
    unit = getattr(measure, "unit", "")
    least = f"{measure.minimum} {unit}".strip()
    cells = (measure.label, f"`{measure.name}`", measure.definition, reach, ideal, _better(measure), measure.interval_method, least)
    return f"| {' | '.join(cells)} |\n"


def _better(measure: Described) -> str:
    if measure.higher_is_better is None:
        return "–" if measure.ideal is None else "nearer the ideal"
    return "higher" if measure.higher_is_better else "lower"


def main() -> None:
    PATH.write_text(page())


if __name__ == "__main__":
    main()
