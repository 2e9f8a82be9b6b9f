"""Whom a comment attacks, by its source's own labels, and who is mentioned, by term list: two things."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.ablation_corpus import HATEMOJI_TARGETS, HATEXPLAIN_TARGETS, Corpus, load_corpus
from modeling.ml.subgroups import TERMS

FILES = {
    "hatexplain_val.csv": """comment_text,target,toxicity_annotator_count,muslim,x_arab,x_refugee
they are all vile,0.9,3,1.0,0.6,0.0
nice muslim neighbours,0.0,3,1.0,0.0,0.0
refugees are vile,0.9,3,0.0,0.0,1.0
""",
    "davidson_tweets.csv": "comment_text,target,toxicity_annotator_count\nyou fool,0.8,3\n",
    "civil_comments.csv": "comment_text,toxic\ngood point,0\n",
    "edos_train_dev.csv": "comment_text,target\nstay in the kitchen,1\nlovely soup,0\n",
    "hatemoji_build.csv": """text,target,label_gold
vile the lot of them,"['blawom', 'nat.france']",1
a fine day,"['none']",0
vile all of you,"['none']",1
""",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    directory: Path = tmp_path_factory.mktemp("data")
    for name, content in FILES.items():
        (directory / name).write_text(content)
    return load_corpus(directory)


def attacked(corpus: Corpus, text: str) -> set[str]:
    return {corpus.subgroups[i] for i in np.flatnonzero(corpus.attacked[corpus.texts.index(text)])}


@pytest.mark.parametrize(
    ("text", "subgroups"),
    [
        ("they are all vile", {"muslim", "other_race_or_ethnicity"}),
        ("nice muslim neighbours", set()),  # named, not attacked
        ("refugees are vile", set()),  # attacked, but none of our subgroups
        ("you fool", set()),
        ("stay in the kitchen", {"female"}),
        ("lovely soup", set()),
        ("vile the lot of them", {"black", "female"}),
        ("vile all of you", set()),
    ],
)
def test_whom_a_comment_attacks_is_what_its_source_says(corpus: Corpus, text: str, subgroups: set[str]) -> None:
    assert attacked(corpus, text) == subgroups


def test_an_attack_on_nobody_of_ours_is_an_attack_still(corpus: Corpus) -> None:
    assert {text for text, attack in zip(corpus.texts, corpus.attack, strict=True) if attack} == {
        "they are all vile",
        "refugees are vile",
        "stay in the kitchen",
        "vile the lot of them",
    }
    assert not corpus.attack[~corpus.attacked.any(axis=1) & (corpus.target < 0.5)].any()


def test_a_mention_is_found_in_the_text_whoever_is_attacked(corpus: Corpus) -> None:
    muslim = corpus.subgroups.index("muslim")
    assert [corpus.texts[i] for i in np.flatnonzero(corpus.mentions[:, muslim])] == ["nice muslim neighbours"]


def test_every_target_is_a_subgroup_that_there_is() -> None:
    named = {*HATEXPLAIN_TARGETS.values(), *(name for names in HATEMOJI_TARGETS.values() for name in names)}
    assert named <= set(TERMS)
