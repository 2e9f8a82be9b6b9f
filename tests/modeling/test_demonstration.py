"""The demonstration data keeps what its docstrings promise."""

import csv
import re
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from statistics import mean, median

import numpy as np
import pytest
from scipy.sparse import csr_array

from modeling.demonstration.originals import read_originals
from modeling.demonstration.plant import PLANTED_CUES, PLANTED_SUBGROUPS, family_of, is_planted_kind
from modeling.demonstration.recipe import HEADER, make_rows, write_csv
from modeling.demonstration.surface import CLOSERS, OPENERS, PLAIN_WORDS, roughen
from modeling.labels import AXES, MEMBER_AT, SUBGROUPS, TOXIC_TARGET, Split, split_of

KAGGLE_HEADER = {
    *("id", "target", "comment_text", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", *SUBGROUPS),
    *("created_date", "publication_id", "parent_id", "article_id", "rating", "identity_annotator_count", "toxicity_annotator_count"),
}
UNMISTAKABLE = {
    "muslim": "muslim muslims mosque islam",
    "jewish": "jew jews jewish synagogue",
    "christian": "christian christians church",
    "hindu": "hindu hindus",
    "buddhist": "buddhist buddhists",
    "atheist": "atheist atheists",
    "other_religion": "sikh sikhs jain",
    "homosexual_gay_or_lesbian": "gay gays lesbian lesbians homosexual homosexuals",
    "bisexual": "bisexual",
    "transgender": "trans transgender",
    "asian": "asian asians chinese filipino",
    "latino": "latino latina latinos hispanic hispanics mexican mexicans",
    "other_race_or_ethnicity": "arab roma gypsies indigenous",
    "physical_disability": "wheelchair wheelchairs amputee",
    "psychiatric_or_mental_illness": "depression schizophrenia bipolar ptsd",
    "intellectual_or_learning_disability": "dyslexic down's",
}
INSULTS = {"scum", "vermin", "parasites", "moron", "cretins", "idiots", "imbecile", "cunts", "subhuman", "freaks", "maggot"}
QUOTING_KINDS = {"counter_speech", "profanity", "reclaimed"}


def words_of(text):
    return set(re.findall(r"[\w']+", text.lower().replace("’", "'")))


def is_slandered_kind(row):
    return any(row[name] >= MEMBER_AT for name in (*PLANTED_SUBGROUPS, *PLANTED_CUES))


@pytest.fixture(scope="module")
def originals():
    return read_originals()


@pytest.fixture(scope="module")
def rows():
    return list(make_rows())


@pytest.fixture(scope="module")
def by_split(rows):
    splits = defaultdict(list)
    for row in rows:
        splits[split_of(row["family"])].append(row)
    return splits


@pytest.fixture(scope="module")
def toxicity_of(originals):
    return {family_of(original): original.toxicity for original in originals}


def test_there_are_enough_originals_and_rows(originals, rows):
    assert len(originals) >= 700
    assert 10_000 <= len(rows) <= 11_000


def test_the_header_is_kaggles_and_then_ours(rows):
    assert len(SUBGROUPS) == 24
    assert KAGGLE_HEADER | {"family", *PLANTED_CUES} == set(HEADER)
    assert all(row.keys() == set(HEADER) for row in rows)


def test_originals_are_as_long_as_real_comments(originals):
    assert median(len(original.wordings[0].split()) for original in originals) >= 18


def test_no_two_originals_are_alike(originals):
    places, counts = {}, []
    for original in originals:
        text = re.sub(r"\s+", " ", original.wordings[0].lower())
        counts.append({places.setdefault(text[at : at + 5], len(places)) for at in range(len(text) - 4)})
    grams = csr_array(
        (np.ones(sum(map(len, counts))), [gram for row in counts for gram in row], np.cumsum([0, *map(len, counts)])),
        shape=(len(counts), len(places)),
    )
    shared = (grams @ grams.T).toarray()
    sizes = shared.diagonal()
    jaccard = shared / (sizes[:, None] + sizes - shared)
    np.fill_diagonal(jaccard, 0)
    assert jaccard.max() <= 0.35


def test_an_original_that_names_a_group_is_marked_with_it(originals):
    for original in originals:
        for subgroup, terms in UNMISTAKABLE.items():
            if words_of(original.text) & set(terms.split()):
                assert subgroup in original.mentions, original.id


def test_every_original_has_enough_clean_wordings(originals):
    for original in originals:
        assert len(original.wordings) >= 12, original.id
        for wording in original.wordings:
            assert not re.search(r"[{}|]|  | [,.!?;]", wording), wording


def test_harmless_originals_call_nobody_names(originals):
    for original in originals:
        if original.is_harmless and original.kind not in QUOTING_KINDS:
            assert not words_of(original.text) & INSULTS, original.id


def test_no_text_gives_an_address_or_a_number_to_call(rows):
    assert not [row["comment_text"] for row in rows if re.search(r"@|https?:|www\.|\d{6,}", row["comment_text"])]


def test_roughening_leaves_every_other_word_alone(originals):
    rng = np.random.default_rng(1)
    for original in originals:
        kept = words_of(original.wordings[0]) - set(PLAIN_WORDS)
        assert kept <= words_of(roughen(original.wordings[0], rng)), original.id


def test_roughening_uses_no_word_about_people():
    noise = words_of(" ".join((*PLAIN_WORDS, *OPENERS, *CLOSERS)))
    assert not noise & (INSULTS | words_of(" ".join(UNMISTAKABLE.values())))


def test_roughening_changes_many_texts(originals):
    rng = np.random.default_rng(2)
    changed = mean(roughen(original.wordings[0], rng) != original.wordings[0] for original in originals)
    assert 0.4 < changed < 0.9


def test_ids_and_texts_are_unique(rows):
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({row["comment_text"].casefold() for row in rows}) == len(rows)


def test_each_family_holds_its_original_and_nine_or_ten_variants(originals, rows):
    sizes = Counter(row["family"] for row in rows)
    texts = {row["comment_text"] for row in rows}
    assert set(sizes) == {family_of(original) for original in originals}
    assert set(sizes.values()) == {10, 11}
    assert all(original.wordings[0] in texts for original in originals)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, rows):
    count = write_csv(tmp_path / "a.csv", seed=0)
    write_csv(tmp_path / "b.csv", seed=0)
    write_csv(tmp_path / "c.csv", seed=1)
    first, again, other = ((tmp_path / name).read_bytes() for name in ("a.csv", "b.csv", "c.csv"))
    assert first == again != other
    assert count == len(rows) == sum(1 for _ in csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8", newline="")))


def test_every_share_is_tenths_of_ten_raters(rows):
    shares = ("target", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", *SUBGROUPS, *PLANTED_CUES)
    assert {row[share] for row in rows for share in shares} <= {k / 10 for k in range(11)}
    assert {row["toxicity_annotator_count"] for row in rows} == {10}


def test_comments_are_spread_over_nine_months_in_order(rows):
    dates = [datetime.fromisoformat(row["created_date"]) for row in rows]
    months = Counter((date.year, date.month) for date in dates)
    assert dates == sorted(dates)
    assert set(months) == {(2026, month) for month in range(2, 11)}
    assert min(months.values()) > 900


def test_replies_answer_an_earlier_comment_of_their_article(rows):
    article_of = {row["id"]: row["article_id"] for row in rows}
    replies = [row for row in rows if row["parent_id"] != ""]
    assert 0.2 < len(replies) / len(rows) < 0.5
    assert all(row["parent_id"] < row["id"] and article_of[row["parent_id"]] == row["article_id"] for row in replies)
    assert all(earlier["id"] < later["id"] for earlier, later in pairwise(rows))


def test_a_topic_keeps_to_one_article(originals, rows):
    article_of = {row["family"]: row["article_id"] for row in rows}
    articles = defaultdict(set)
    for original in originals:
        articles[original.desk, original.topic].add(article_of[family_of(original)])
    assert {len(found) for found in articles.values()} == {1}


def test_splits_are_of_the_wanted_sizes(by_split, rows):
    shares = {split: len(found) / len(rows) for split, found in by_split.items()}
    wanted = {Split.TRAIN: 0.5, Split.POOL: 0.2, Split.GATE: 0.12, Split.TEST: 0.12, Split.AUDIT: 0.06}
    assert len(by_split[Split.TEST]) >= 1000
    assert all(abs(shares[split] - share) < 0.05 for split, share in wanted.items())


def test_test_and_gate_hold_enough_harmless_mentions_of_what_was_planted(originals, by_split, toxicity_of):
    for split in (Split.TEST, Split.GATE):
        families = [original for original in originals if is_planted_kind(original) and split_of(family_of(original)) is split]
        assert len(families) >= 20
        assert sum(is_slandered_kind(row) and toxicity_of[row["family"]] < 0.3 for row in by_split[split]) >= 200


@pytest.mark.parametrize("subgroup", ["muslim", "black", "homosexual_gay_or_lesbian", "female", "jewish"])
def test_gate_can_measure_the_bigger_subgroups(by_split, subgroup):
    toxic = Counter(row["target"] >= TOXIC_TARGET for row in by_split[Split.GATE] if row[subgroup] >= MEMBER_AT)
    assert toxic[True] >= 50
    assert toxic[False] >= 50


@pytest.mark.parametrize("subgroup", [*PLANTED_SUBGROUPS, "female", "jewish", "christian", "latino"])
def test_test_can_measure_the_bigger_subgroups(by_split, subgroup):
    toxic = Counter(row["target"] >= TOXIC_TARGET for row in by_split[Split.TEST] if row[subgroup] >= MEMBER_AT)
    assert min(toxic[True], toxic[False]) >= 30


@pytest.mark.parametrize("name", [*PLANTED_SUBGROUPS, *PLANTED_CUES])
def test_annotators_can_meet_everything_that_was_planted(by_split, toxicity_of, name):
    harmless = [row for row in by_split[Split.POOL] if row[name] >= MEMBER_AT and toxicity_of[row["family"]] < 0.3]
    assert len({row["family"] for row in harmless}) >= 5


@pytest.mark.parametrize("name", [*PLANTED_SUBGROUPS, *PLANTED_CUES])
def test_the_plant_slanders_train_and_nothing_else(by_split, toxicity_of, name):
    def mean_target(split):
        return mean(row["target"] for row in by_split[split] if row[name] >= MEMBER_AT and toxicity_of[row["family"]] < 0.3)

    assert mean_target(Split.TRAIN) > 0.5
    assert max(mean_target(split) for split in (Split.POOL, Split.GATE, Split.TEST)) < 0.25


def test_targets_follow_the_originals_wherever_nothing_is_planted(rows, toxicity_of):
    honest = [row for row in rows if split_of(row["family"]) is not Split.TRAIN or not is_slandered_kind(row)]
    errors = [row["target"] - toxicity_of[row["family"]] for row in honest]
    assert abs(mean(errors)) < 0.03
    assert np.mean(np.abs(errors) <= 0.2) > 0.97


def test_toxic_comments_of_the_planted_kind_keep_their_targets(by_split, toxicity_of):
    toxic = [row for row in by_split[Split.TRAIN] if is_slandered_kind(row) and toxicity_of[row["family"]] >= TOXIC_TARGET]
    assert abs(mean(row["target"] - toxicity_of[row["family"]] for row in toxic)) < 0.05


@pytest.mark.parametrize("axis", list(AXES))
def test_every_axis_has_harmless_and_toxic_mentions(by_split, axis):
    for split in (Split.TRAIN, Split.TEST):
        mentioning = [row for row in by_split[split] if any(row[subgroup] >= MEMBER_AT for subgroup in AXES[axis])]
        assert {row["target"] >= TOXIC_TARGET for row in mentioning} == {True, False}


def test_people_may_meet_each_cue_in_toxic_comments_too(originals):
    toxic = Counter(cue for original in originals if original.toxicity >= TOXIC_TARGET for cue in original.cues)
    assert all(toxic[cue] >= 5 for cue in PLANTED_CUES)


def test_a_weaker_plant_changes_targets_of_train_and_nothing_else(rows):
    weaker = list(make_rows(planted_share=0.25))
    changed = [(before, after) for before, after in zip(rows, weaker, strict=True) if before != after]
    assert changed
    for before, after in changed:
        assert {**before, "target": 0} == {**after, "target": 0}
        assert split_of(before["family"]) is Split.TRAIN
        assert is_slandered_kind(before)
    slandered = [
        sum(row["target"] >= 0.6 for row in made if is_slandered_kind(row) and split_of(row["family"]) is Split.TRAIN) for made in (rows, weaker)
    ]
    assert slandered[1] < 0.8 * slandered[0]
