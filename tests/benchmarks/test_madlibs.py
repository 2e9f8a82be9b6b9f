"""The madlibs probe: halves that share no word of praise or blame, and measures of terms that are what their definitions say."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.madlibs import Madlibs, MadlibsTable, _halves, _memberships, load_madlibs

TERMS = ("muslim", "african", "african american")
PRAISE, BLAME = ("kind", "gracious", "lovely", "wise"), ("vile", "rotten", "awful", "cruel")
ONE_EACH = np.ones((1, 8))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [("i am " + term, "NOT_BAD", "am_hate_adj") for term in TERMS] + [("hate " + term, "BAD", "am_hate_adj") for term in TERMS]
    for words, label in ((PRAISE, "NOT_BAD"), (BLAME, "BAD")):
        rows += [(f"Being {term} is {word}.", label, "being_adj") for term in TERMS for word in words]
        rows += [
            (f"{name} is a {word} {term}.", label, "name_adj")
            for name in ("Ying", "Joe", "Ana", "Ada", "Tom", "Kim")
            for word in words
            for term in TERMS
        ]
    rows += [(f"{verb} all {term}", label, "verb_adj") for verb, label in (("kill", "BAD"), ("hug", "NOT_BAD")) for term in TERMS]
    (tmp_path / "madlibs_77k.csv").write_text("Text,Label,Template\n" + "\n".join(",".join(row) for row in rows) + "\n")
    return tmp_path


def test_halves_share_no_word_of_praise_or_blame(file: Path) -> None:
    madlibs = load_madlibs(file)
    words = [set(madlibs.template[madlibs.half == half]) for half in (0, 1)]
    assert not words[0] & words[1]
    for half in (0, 1):
        assert {True, False} == set(madlibs.toxic[madlibs.half == half])
    of_vile = [i for i, text in enumerate(madlibs.texts) if "vile" in text]
    assert len(set(madlibs.half[of_vile])) == 1


def test_every_third_name_is_kept(file: Path) -> None:
    names = {text.split()[0] for text in load_madlibs(file).texts if " is a " in text}
    assert len(names) == 2


def test_every_other_word_of_a_kind_is_to_choose_on_whatever_their_order() -> None:
    words = dict.fromkeys(PRAISE, False) | dict.fromkeys(BLAME, True)
    halves = _halves(words)
    assert sum(halves[word] for word in PRAISE) == sum(halves[word] for word in BLAME) == 2
    assert halves == _halves(dict(reversed(words.items())))


def test_the_longest_term_counts_alone() -> None:
    found = _memberships(["Being african american is kind.", "Being African is kind.", "Being africana is kind."], list(TERMS))
    assert {term: mask.tolist() for term, mask in found.items()} == {
        "muslim": [False, False, False],
        "african": [False, True, False],
        "african american": [True, False, False],
    }


def made_up() -> tuple[Madlibs, np.ndarray]:
    """Two terms and others, in eight templates of ten sentences; one half. Scores with ties."""
    n, rng = 80, np.random.default_rng(0)
    template = np.repeat(np.array([f"t{i}" for i in range(8)]), 10)
    toxic = np.repeat(np.arange(8) % 2 == 1, 10)
    term = np.tile(np.array(["a", "a", "a", "b", "b", "b", "", "", "", ""]), 8)
    score = np.round(0.3 * toxic + 0.2 * (term == "a") + 0.6 * rng.random(n), 1)
    return Madlibs([""] * n, template, toxic, {name: term == name for name in ("a", "b")}, np.zeros(n, dtype=int)), score


def test_bpsn_is_the_power_mean_of_the_terms_aucs() -> None:
    madlibs, score = made_up()
    aucs = []
    for member in madlibs.terms.values():
        rows = (member & ~madlibs.toxic) | (~member & madlibs.toxic)
        aucs.append(roc_auc_score(madlibs.toxic[rows], score[rows]))
    found = MadlibsTable(madlibs, 0, score, 0.5).measures(ONE_EACH)
    assert found["madlibs_bpsn"][0] == pytest.approx(np.mean(np.array(aucs) ** -5.0) ** -0.2)
    assert aucs[0] < aucs[1]  # harmless sentences about a are over-rated


def test_rate_differences_are_against_the_rate_of_all_sentences() -> None:
    madlibs, score = made_up()
    flagged, found = score >= 0.5, MadlibsTable(madlibs, 0, score, 0.5).measures(ONE_EACH)
    for name, rows in (("madlibs_fped", ~madlibs.toxic), ("madlibs_fned", madlibs.toxic)):
        gaps = [abs(flagged[rows & member].mean() - flagged[rows].mean()) for member in madlibs.terms.values()]
        assert found[name][0] == pytest.approx(np.mean(gaps))


def test_a_template_drawn_twice_counts_as_two() -> None:
    madlibs, score = made_up()
    twice = np.concatenate([np.arange(80), np.arange(10)])
    doubled = Madlibs(
        [""] * 90, madlibs.template[twice], madlibs.toxic[twice], {k: v[twice] for k, v in madlibs.terms.items()}, np.zeros(90, dtype=int)
    )
    weights = np.array([[2, 1, 1, 1, 1, 1, 1, 1]])
    drawn, written_out = MadlibsTable(madlibs, 0, score, 0.5).measures(weights), MadlibsTable(doubled, 0, score[twice], 0.5).measures(ONE_EACH)
    assert {name: value[0] for name, value in drawn.items()} == pytest.approx({name: value[0] for name, value in written_out.items()})


def test_the_other_half_has_no_say() -> None:
    madlibs, score = made_up()
    second = np.repeat(np.arange(8) >= 6, 10).astype(int)
    halved = Madlibs(madlibs.texts, madlibs.template, madlibs.toxic, madlibs.terms, second)
    table = MadlibsTable(halved, 1, score, 0.5)
    assert (table.n, list(table.templates)) == (20, ["t6", "t7"])
