"""Engines of maps on real comments: time, faithfulness against chance, agreement with people's words, completeness, and a planted shortcut.

`python -m benchmarks.explanations --data DIR [--version DIR] [--rationales FILE ...] [--quick]`. 500 comments of test (SHAP and LIME: 100) from
HateXplain, Civil Comments and Davidson's tweets, explained on a version that was trained on others of them, with a nonsense word planted in 6 % of
train that makes a comment high. Intervals: bootstrap over comments. It resumes: what was computed for a comment is kept under var/. Agreement with
the words that people marked is taken on the files of `--rationales`, HateXplain's dataset.json or Civil toxic spans' csv, in comments that the
version does not call low.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.explanation_corpus import (
    FEWEST_WORDS,
    MOST_WORDS,
    SHORTCUT,
    SOURCES,
    RealComment,
    holding_the_shortcut,
    load_comments,
    to_explain,
    version_for,
)
from benchmarks.rationale_corpus import MarkedComment, load_marked
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.timings import quantile
from modeling.map_engines import DEFAULT_MAP, MapEngine, MapKey
from modeling.measures.faithfulness import RANDOM_ORDERS
from modeling.measures.plausibility import plausibility
from modeling.measures.statistics import wilson
from modeling.ml.attribution import Attribution, attribute
from modeling.ml.classifier import Classifier, load_version
from modeling.ml.faithfulness import Score, measure
from modeling.ml.scorer import Scorer

COMMENTS, SLOW_COMMENTS, HOLDING = 500, 100, 150
SAMPLED = frozenset({MapEngine.SHAP, MapEngine.LIME})
AROUND_25 = (20, 30)
"""Words of the comments whose times are quoted."""
TIMED, TIMED_SLOW = 40, 10
RESAMPLES = 10_000
FIGURES = {"comprehensiveness": "comprehensiveness", "sufficiency": "sufficiency", "loo_tau": "loo_tau"}
Make = Callable[[MapEngine, str], Attribution]


def remembered(scorer: Scorer) -> Score:
    """The same orders by chance serve every engine: each variant of a comment is scored once."""
    known: dict[str, np.ndarray] = {}

    def score(texts: Any) -> np.ndarray:
        new = [text for text in texts if text not in known]
        known.update(zip(new, scorer.predict_proba(new), strict=True))
        return np.stack([known[text] for text in texts])

    return score


def explained(text: str, engines: list[MapEngine], make: Make, scorer: Scorer) -> dict[str, Any]:
    """engine -> what `measure` says of its map, with the convergence of integrated gradients."""
    score, found = remembered(scorer), {}
    for engine in engines:
        map_ = make(engine, text)
        figures = measure(score, text, map_, engine)
        found[engine.value] = {**(figures.as_dict() if figures else {}), "delta": map_.convergence_delta, "difference": map_.difference}
    return {"text": text, "engines": found}


def explain_all(comments: list[RealComment], make: Make, scorer: Scorer, kept: Path, minutes: float) -> list[dict[str, Any]]:
    """A line per comment and group of engines, the quick ones of all comments first; what an earlier run has left is not computed again.
    After so many minutes it ends with what there is."""
    until, lines = time.monotonic() + 60 * minutes, map(json.loads, kept.read_text().splitlines()) if kept.exists() else ()
    done = {(row["text"], *row["engines"]): row for row in lines}
    quick, slow = ([engine for engine in MapEngine if (engine in SAMPLED) == is_slow] for is_slow in (False, True))
    wanted = [*((one.text, quick) for one in comments), *((one.text, slow) for one in comments[:SLOW_COMMENTS])]
    with kept.open("a") as file:
        for text, engines in wanted:
            if (text, *engines) not in done and time.monotonic() < until:
                done[text, *engines] = explained(text, engines, make, scorer)
                file.write(json.dumps(done[text, *engines]) + "\n")
                file.flush()
    return [done[text, *engines] for text, engines in wanted if (text, *engines) in done]


def write_faithfulness(results: ResultFile, rows: list[dict[str, Any]]) -> None:
    for engine in MapEngine:
        own = [row["engines"][engine] for row in rows if engine in row["engines"]]
        for metric in FIGURES:
            told = [row[metric] for row in own if row.get(metric)]
            _add_mean(results, engine, metric, [one["value"] for one in told])
            _add_mean(results, engine, f"{metric}_minus_random", [one["value"] - one["chance"] for one in told])
        beats = [row["beats_chance"] for row in own if row.get("beats_chance") is not None]
        _add_mean(results, engine, "beats_chance", [float(one) for one in beats])
    for metric in FIGURES:
        told = [row["engines"].get(MapEngine.INTEGRATED_GRADIENTS, {}).get(metric) for row in rows]
        _add_mean(results, "random", metric, [one["chance"] for one in told if one], orders=RANDOM_ORDERS)


def write_completeness(results: ResultFile, rows: list[dict[str, Any]]) -> None:
    """Where the words move the score at all: by .01 or more."""
    own = [row["engines"][MapEngine.INTEGRATED_GRADIENTS] for row in rows if MapEngine.INTEGRATED_GRADIENTS in row["engines"]]
    misses = [abs(one["delta"] / one["difference"]) for one in own if abs(one["difference"]) >= 0.01]
    _add_mean(results, MapEngine.INTEGRATED_GRADIENTS, "complete_within_2_percent", [float(miss <= 0.02) for miss in misses])
    if misses:
        figures = quantile(misses, 0.95)
        results.add(arm=MapEngine.INTEGRATED_GRADIENTS, metric="completeness_miss_p95", data="real", n=len(misses), **figures)


def write_times(results: ResultFile, comments: list[RealComment], make: Make, scorer: Scorer) -> None:
    """Engine after engine on each comment, so that a busy moment meets all of them; the plain prediction beside them."""
    fit = [one.text for one in comments if AROUND_25[0] <= len(one.text.split()) <= AROUND_25[1]]
    makes: dict[str, Callable[[str], Any]] = {engine.value: partial(make, engine) for engine in MapEngine}
    makes["prediction"] = lambda text: scorer.predict_proba([text])
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in makes}
    for place, text in enumerate([fit[0], *fit[:TIMED]]):
        for name, run in makes.items():
            if name in SAMPLED and place > TIMED_SLOW:
                continue
            start, at = time.process_time(), time.perf_counter()
            run(text)
            if place:  # the first meets imports and empty caches
                times[name].append((1000 * (time.perf_counter() - at), 1000 * (time.process_time() - start)))
    for name, own in times.items():
        for kind, measured in zip(("ms", "cpu_ms"), zip(*own, strict=True), strict=True):
            results.add(arm=name, metric=f"{kind}_p50", data="real", n=len(own), unit="ms", **quantile(measured, 0.5))
            results.add(arm=name, metric=f"{kind}_p95", data="real", n=len(own), unit="ms", **quantile(measured, 0.95))


def write_shortcut(results: ResultFile, texts: list[str], make: Make) -> None:
    """Of comments that hold the nonsense word: which map names it first, and how many the version calls high for it."""
    for engine in (engine for engine in MapEngine if engine not in SAMPLED):
        maps = [make(engine, text) for text in texts]
        first = [text[slice(*max(map_.spans, key=lambda span: span[2])[:2])] for text, map_ in zip(texts, maps, strict=True)]
        _add_mean(results, engine, "names_the_shortcut_first", [float(SHORTCUT in words) for words in first])
        if engine == DEFAULT_MAP.engine:
            _add_mean(results, "version", "shortcut_is_high", [float(int(np.argmax(map_.probabilities)) == 2) for map_ in maps])


def write_plausibility(results: ResultFile, marked: list[MarkedComment], make: Make, scorer: Scorer, wanted: int) -> None:
    """F1 of each map's first words with those that people marked, and beyond words by chance; SHAP and LIME on the first of them."""
    fit = [one for one in marked if FEWEST_WORDS <= len(one.text.split()) <= MOST_WORDS]
    drawn = [fit[i] for i in np.random.default_rng(0).permutation(len(fit))[: 4 * wanted]]
    levels = scorer.predict_proba([one.text for one in drawn]).argmax(axis=1)
    chosen = [one for one, level in zip(drawn, levels, strict=True) if level][:wanted]
    for engine in MapEngine:
        own = chosen[: SLOW_COMMENTS // 2] if engine in SAMPLED else chosen
        found = [told for one in own if (told := plausibility(make(engine, one.text).spans, one.marked))]
        _add_mean(results, engine, "plausibility_f1", [one.f1 for one in found])
        _add_mean(results, engine, "plausibility_f1_minus_random", [one.f1 - one.chance for one in found])


def _add_mean(results: ResultFile, arm: str, metric: str, values: list[float], **more: Any) -> None:
    if not values:
        results.add(arm=arm, metric=metric, value=None, data="real", n=0, **more)
        return
    drawn = np.random.default_rng(0).choice(np.array(values), size=(RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    if low == high and set(values) <= {0.0, 1.0}:  # no resample moves a share of none or all: Wilson's interval does not take that for certainty
        low, high = wilson(sum(values), len(values))
    interval = {} if low == high else {"low": float(low), "high": float(high)}
    results.add(arm=arm, metric=metric, value=float(np.mean(values)), data="real", n=len(values), **interval, **more)


def make_map(classifier: Classifier, engine: MapEngine, text: str) -> Attribution:
    return attribute(MapKey(engine), text, classifier, lambda: classifier)


def parts(options: argparse.Namespace, comments: list[RealComment], directory: Path) -> Iterator[Callable[[ResultFile], None]]:
    # In float32 by torch throughout, so that engines that need the weights and those that need scores explain the same function.
    classifier, chosen = load_version(directory).at("float32"), to_explain(comments, options.comments)
    make = partial(make_map, classifier)
    kept = ROOT / "var" / "benchmarks" / f"{directory.name}.jsonl"
    if "times" in options.parts:
        yield lambda results: write_times(results, chosen, make, classifier)
    if "shortcut" in options.parts:
        yield lambda results: write_shortcut(results, holding_the_shortcut(comments, options.holding), make)
    if options.rationales:
        marked = load_marked(options.rationales)
        yield lambda results: write_plausibility(results, marked, make, classifier, options.comments)
    if "faithfulness" in options.parts:
        rows = explain_all(chosen, make, classifier, kept, options.minutes)
        yield lambda results: write_faithfulness(results, rows)
        yield lambda results: write_completeness(results, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--version", type=Path, help="Directory of a version to explain; without it one is trained and kept.")
    parser.add_argument("--parts", nargs="+", default=["times", "shortcut", "faithfulness"], choices=["times", "shortcut", "faithfulness"])
    parser.add_argument("--rationales", type=Path, nargs="+", default=[], help="Files with the words that people marked.")
    parser.add_argument("--comments", type=int, default=COMMENTS)
    parser.add_argument("--holding", type=int, default=HOLDING)
    parser.add_argument("--minutes", type=float, default=24 * 60, help="Of faithfulness: after these it writes what there is; run again, it goes on.")
    parser.add_argument("--quick", action="store_true", help="A trial: few comments, a version hardly trained.")
    parser.add_argument("--directory", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.quick:
        options.comments, options.holding = 6, 4
    comments = load_comments(options.data)
    directory = options.version or version_for(options.data, comments, options.quick)
    results = ResultFile("explanations", directory=options.directory, notes=NOTES)
    results.describe_data("real", [options.data / name for name in SOURCES.values()], len(comments))
    for write in parts(options, comments, directory):
        write(results)


NOTES = (
    "Faithfulness: words deleted in the map's order, the first 10, 20 and 50 %; `random`: the mean of 20 orders of the same comment; "
    "`beats_chance`: share of maps whose comprehensiveness and sufficiency are both at or beyond the 95th percentile of these; others are greyed. "
    "Times: comments of 20 to 30 words, engine after engine on each; `prediction`: a plain one in the same run. `cpu_ms`: what the process itself "
    "used. Where other work was on the same cores, `ms` is not the time on an idle machine."
)

if __name__ == "__main__":
    main()
