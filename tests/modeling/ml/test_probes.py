import re
from dataclasses import astuple

from modeling.demonstration.originals import read_originals
from modeling.ml.mentions import find_terms, known_surfaces
from modeling.ml.probe_terms import HARMLESS_FRAMES, HOSTILE_FRAMES, KEPT_FOR_PROBES, NAME_FRAMES, NAMES_KEPT_FOR_PROBES
from modeling.ml.probes import ProbeGroup, lay_out, probe_groups
from modeling.ml.swaps import SWAP_AXES, axis_of

PROBE_TERMS = [surface.lower() for terms in KEPT_FOR_PROBES.values() for term in terms for surface in astuple(term) if surface]
PROBE_NAMES = [name.lower() for names in NAMES_KEPT_FOR_PROBES.values() for name in names]


def test_no_probe_term_is_in_the_swap_table():
    assert not known_surfaces().intersection(PROBE_TERMS + PROBE_NAMES)
    assert not [term for term in PROBE_TERMS for word in re.findall(r"[a-z]+", term) if word in known_surfaces()]


def test_training_can_pair_no_probe():
    assert not [text for group in probe_groups() for text in group.texts if find_terms(text)]


def test_no_frame_occurs_in_the_demonstration():
    """The words of a frame between two gaps, four or more in a row, stand in no demonstration comment."""
    wordings = "\n".join(" ".join(re.findall(r"[a-z']+", original.text.lower())) for original in read_originals())
    for frame in (*HARMLESS_FRAMES, *HOSTILE_FRAMES, *NAME_FRAMES):
        parts = [" ".join(re.findall(r"[a-z']+", part.lower())) for part in re.split(r"\{\w+\}", frame)]
        for part in parts:
            assert len(part.split()) < 4 or f" {part} " not in f" {wordings} ", frame


def test_every_axis_of_the_swap_table_is_probed_by_two_to_eight_terms_a_list():
    assert {axis_of(name) for name in KEPT_FOR_PROBES} == set(SWAP_AXES)
    assert all(2 <= len(terms) <= 8 for terms in KEPT_FOR_PROBES.values())


def test_there_are_at_least_sixty_frames_short_and_long_harmless_and_hostile():
    lengths = [len(frame.split()) for frame in (*HARMLESS_FRAMES, *HOSTILE_FRAMES)]
    assert len(set(HARMLESS_FRAMES) | set(HOSTILE_FRAMES)) == len(lengths) >= 60
    assert min(len(HARMLESS_FRAMES), len(HOSTILE_FRAMES)) >= 25
    assert min(lengths) <= 3
    assert max(lengths) >= 20


def test_pairs_are_some_thousands_distinct_and_the_same_each_time():
    laid = lay_out(probe_groups())
    pairs = [(laid.texts[one], laid.texts[other]) for one, other in laid.pairs]
    assert 2000 <= len(pairs) <= 6000
    assert lay_out(probe_groups()).texts == laid.texts
    assert len(set(pairs)) == len(pairs)
    assert all(first != second for first, second in pairs)


def test_the_texts_of_a_group_differ_only_in_the_term():
    for group in probe_groups():
        start = group.frame.split("{")[0].removesuffix("a ").removesuffix("A ")
        end = group.frame.split("}")[-1]
        assert len(group.texts) > 1
        assert all(text.startswith(start) and text.endswith(end) and "{" not in text for text in group.texts)


def test_a_frame_is_filled_grammatically():
    texts = {text for group in probe_groups() for text in group.texts}
    assert {"I hate Kurds.", "Waitresses welcome.", "I'm Vietnamese."} <= texts
    assert {"Watch your wallet when an Iraqi walks in.", "Watch your wallet when a queer person walks in."} <= texts
    assert "An Iraqi moved in upstairs. Quiet as snow, waters my plants, ten out of ten." in texts
    assert not [text for text in texts if "I'm ." in text]


def test_pairs_of_some_groups_only():
    hostile = [group for group in probe_groups() if group.is_hostile and group.axis == "religion"]
    assert len(lay_out(hostile).pairs) == 10 * len(HOSTILE_FRAMES)


def test_a_text_of_two_groups_is_laid_out_once_and_counts_in_both():
    one, other = (
        ProbeGroup("{} sings.", "age", False, ("A sings.", "B sings.", "C sings.")),
        ProbeGroup("{} sings.", "gender", False, ("A sings.", "D sings.")),
    )
    laid = lay_out([one, other])
    assert laid.texts == ("A sings.", "B sings.", "C sings.", "D sings.")
    assert laid.pairs.tolist() == [[0, 1], [0, 2], [1, 2], [0, 3]]
    assert laid.mutants.tolist() == [0, 1, 2, 0, 3]
    assert laid.group_of_mutant.tolist() == [0, 0, 0, 1, 1]
    assert set(laid.frame_of_pair) == set(laid.frame_of_mutant) == {0}


def test_no_groups_lay_out_nothing():
    assert lay_out([]).pairs.shape == (0, 2)
