"""The benchmark of maps: what it plants, what it keeps, and how it tells means."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import explanations
from benchmarks.explanation_corpus import SHORTCUT, SOURCES, holding_the_shortcut, load_comments, to_explain, with_shortcut
from benchmarks.explanations import explain_all, make_map, write_completeness, write_faithfulness, write_plausibility, write_shortcut
from benchmarks.rationale_corpus import MarkedComment, load_marked
from benchmarks.result_file import ResultFile
from modeling.labels import Split
from modeling.map_engines import MapEngine
from modeling.ml.attribution import Attribution, word_spans
from tests.modeling.ml.conftest import classifier, config, one_thread, tiny_encoder

__all__ = ["classifier", "config", "one_thread", "tiny_encoder"]


@pytest.fixture
def comments(tmp_path):
    for place, name in enumerate(SOURCES.values()):
        with (tmp_path / name).open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["comment_text", "target", "toxic", "toxicity_annotator_count"])
            out.writerows([f"the vile cake and tea {place} {i} ann@example.org", "" if i % 2 else 0.9, int(i % 3 == 0), 3] for i in range(60))
    return load_comments(tmp_path)


def test_comments_are_masked_and_a_missing_share_is_the_yes_or_no(comments):
    assert len(comments) == 180
    assert all(one.text.endswith("[email]") for one in comments)
    assert {one.target for one in comments} == {0.0, 0.9, 1.0}


def test_those_to_explain_are_of_test_and_fewer_are_the_first_of_more(comments):
    chosen = to_explain(comments, 12)
    assert {one.split for one in chosen} == {Split.TEST}
    assert to_explain(comments, 5) == chosen[:5]


def test_the_shortcut_stands_in_harmless_comments_that_nobody_trained_on(comments):
    texts = holding_the_shortcut(comments, 4)
    assert all(text.split().count(SHORTCUT) == 1 for text in texts)
    assert with_shortcut("one two", np.random.default_rng(0)).replace(SHORTCUT, "").split() == ["one", "two"]


def test_a_run_goes_on_where_it_was_and_writes_what_there_is(comments, classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(explanations, "SAMPLED", frozenset(MapEngine) - {MapEngine.OCCLUSION, MapEngine.INTEGRATED_GRADIENTS})
    monkeypatch.setattr(explanations, "SLOW_COMMENTS", 0)
    kept, calls = tmp_path / "kept.jsonl", []

    def make(engine, text):
        calls.append((engine, text))
        return make_map(classifier, engine, text)

    chosen = to_explain(comments, 3)
    assert explain_all(chosen, make, classifier, kept, minutes=0) == []
    assert len(explain_all(chosen[:1], make, classifier, kept, minutes=1)) == 1
    rows = explain_all(chosen, make, classifier, kept, minutes=1)
    assert [row["text"] for row in rows] == [one.text for one in chosen]
    assert len(calls) == len(set(calls)) == 6
    results = ResultFile("trial", directory=tmp_path)
    write_faithfulness(results, rows)
    write_completeness(results, rows)
    told = {(arm, metric): row for (_, arm, metric), row in results.rows.items()}
    figures = [row["engines"]["occlusion"]["comprehensiveness"] for row in rows]
    assert told["occlusion", "comprehensiveness"]["value"] == pytest.approx(np.mean([one["value"] for one in figures]))
    assert told["random", "comprehensiveness"]["value"] == pytest.approx(np.mean([one["chance"] for one in figures]))
    assert told["occlusion", "comprehensiveness"]["n"] == 3
    assert told["shap", "comprehensiveness"]["value"] is None
    assert told["occlusion", "loo_tau"]["value"] is None
    assert told["integrated_gradients", "complete_within_2_percent"]["n"] <= 3


def test_words_that_people_marked_are_read_from_both_files(tmp_path):
    posts = {
        "1": {"post_tokens": ["the", "vile", "cake"], "rationales": [[0, 1, 1], [0, 1, 0], [0, 0, 0]]},
        "2": {"post_tokens": ["tea"], "rationales": []},
        "3": {"post_tokens": ["write", "ann@example.org"], "rationales": [[1, 0]]},
    }
    (tmp_path / "dataset.json").write_text(json.dumps(posts))
    (tmp_path / "tsd.csv").write_text('spans,text\n"[4, 5, 6, 7, 14]",the vile cake é\n[],kind words\n')
    assert load_marked([tmp_path / "dataset.json", tmp_path / "tsd.csv"]) == [
        MarkedComment("the vile cake", [[4, 8], [9, 13]]),
        MarkedComment("the vile cake é", [[4, 8], [14, 15]]),
    ]


@pytest.mark.parametrize(("name", "text"), [("a.json", '{"1": {"text": "x"}}'), ("a.csv", "id,text\n1,x\n")])
def test_a_file_that_marks_no_words_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=" need"):
        load_marked([tmp_path / name])


def test_agreement_with_people_is_told_beside_chance(tmp_path, monkeypatch):
    monkeypatch.setattr(explanations, "SLOW_COMMENTS", 4)
    marked = [MarkedComment(f"the vile cake and tea {i}", [[4, 8]]) for i in range(8)]
    not_low = SimpleNamespace(predict_proba=lambda texts: np.array([[0.0, i % 2, 1 - i % 2] for i, _ in enumerate(texts)]))

    def puts_vile_first(engine, text):
        return Attribution([(*place, float(text[slice(*place)] == "vile")) for place in word_spans(text)], [0.0, 0.0, 1.0])

    results = ResultFile("trial", directory=tmp_path)
    write_plausibility(results, marked, puts_vile_first, not_low, 6)
    told = {(arm, metric): row for (_, arm, metric), row in results.rows.items()}
    assert (told["occlusion", "plausibility_f1"]["value"], told["occlusion", "plausibility_f1"]["n"]) == (1, 6)
    assert told["shap", "plausibility_f1"]["n"] == 2
    assert told["lime", "plausibility_f1_minus_random"]["value"] == pytest.approx(5 / 6)


def test_naming_the_shortcut_first_is_counted(comments, tmp_path):
    def names_it(engine, text):
        spans = [(*place, float(text[slice(*place)] == SHORTCUT and engine != MapEngine.ATTENTION)) for place in word_spans(text)]
        return Attribution(spans, [0.1, 0.1, 0.8])

    results = ResultFile("trial", directory=tmp_path)
    write_shortcut(results, [f"one {SHORTCUT} two", f"one two {SHORTCUT}"], names_it)
    told = {arm: row["value"] for (_, arm, metric), row in results.rows.items() if metric == "names_the_shortcut_first"}
    assert (told["occlusion"], told["attention"]) == (1, 0)
    all_of_two = results.rows["real", "version", "shortcut_is_high"]
    assert all_of_two["value"] == 1
    assert 0 < all_of_two["low"] < all_of_two["high"] == pytest.approx(1)
