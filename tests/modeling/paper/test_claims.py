"""Each inconsistency is reckoned, not asserted: a test recomputes it from the printed numbers."""

from math import log

import pytest

from modeling.paper.arithmetic import kl_to_uniform
from modeling.paper.claims import claims
from modeling.paper.claims_results import BY_GROUP, SENTENCES
from modeling.paper.printed import PROPOSED, printed_tables

TABLES = printed_tables()


def claim_of(key):
    return next(claim for claim in claims() if claim.key == key)


def steps_of(key):
    steps = claim_of(key).steps
    return [(step.printed.replace("\N{NO-BREAK SPACE}", " "), step.comes_to.replace("\N{NO-BREAK SPACE}", " ")) for step in steps]


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.key)
def test_every_claim_says_where_it_stands_and_shows_its_reckoning(claim):
    assert claim.where
    assert claim.title
    assert claim.means
    assert claim.steps
    assert all(step.what and step.comes_to for step in claim.steps)
    assert set(claim.tables) <= set(TABLES)


def test_their_keys_are_their_own():
    keys = [claim.key for claim in claims()]
    assert len(keys) == len(set(keys))


def test_kl_is_the_same_for_a_fair_and_an_unfair_model():
    (_, fair), (_, unfair) = steps_of("kl-knows-no-group")
    assert fair == unfair == "mean KL = .704"


def test_feedback_moves_no_slope():
    for _, slopes in steps_of("feedback-has-no-gradient"):
        without, with_feedback = slopes.split(" and ")
        assert without == with_feedback


def test_the_smallest_group_is_under_two_percent_of_the_data():
    assert steps_of("one-group-only") == [("all 1,971,916", "37,556 (1.9 %)")]


def test_table_7_starts_at_ln_2_and_ends_unsure():
    assert steps_of("starts-at-two-classes") == [(".693", f"{log(2):.3f}"[1:]), (".693", f"{log(3):.3f}")]
    assert steps_of("ends-unsure") == [(".95", ".546"), (".605", ".272")]


def test_the_kl_column_of_table_8_is_p_minus_u():
    rows = [row.values for row in TABLES["8"].rows]
    assert all(kl == pytest.approx(p - u) for p, u, kl, *_ in rows)
    assert not any(kl == pytest.approx(kl_to_uniform((p, 1 - p)), abs=0.005) for p, _, kl, *_ in rows[1:])
    found = dict(steps_of("kl-is-a-subtraction"))
    assert (found[".05"], found[".25"], found[".45"]) == (".005", ".131", ".495")


def test_three_columns_of_table_8_are_one_number():
    assert all(kl == pytest.approx(1 - impact) == pytest.approx(odds) for *_, kl, impact, odds in (row.values for row in TABLES["8"].rows))
    assert steps_of("three-columns-one-number")[-1] == ("", ".00")


def test_it_becomes_less_fair_while_the_bias_term_falls():
    (_, term), (_, divergence), (_, impact) = steps_of("less-fair-with-training")
    assert (term, divergence) == ("−.028", "+.450")
    assert impact == ".55 at the end; below .80 in 5 of 10 lines"


def test_figure_2_against_tables_3_and_5():
    assert steps_of("figure-2-has-two-classes")[0] == ("96,862", "96,862")
    assert steps_of("figure-2-against-tables") == [(".925", ".956"), (".932", ".962"), (".921", ".948"), (".926", ".955"), (".850", ".911")]
    assert dict(steps_of("figure-2-of-the-others"))[".793"] == ".944"


def test_a_weighted_mean_lies_outside_of_what_it_is_the_mean_of():
    found = dict(steps_of("recall-outside-its-groups"))
    assert found[".812 over all"] == ".931 to .932 in the groups"
    assert ".921 over all" in found
    assert found[".769 over all"] == ".762 to .765 in the groups", "some wholes are better than their parts, others worse"
    assert claim_of("recall-outside-its-groups").title == "The whole lies outside its parts"
    assert TABLES["A2"].column("F1-Score", "RoBERTa") == [0.929, 0.928, 0.928, 0.929]
    assert sum(count for row in TABLES["4"].rows if row.group == "Gender" for count in row.values[:1]) == 1_971_916


def test_logistic_regression_repeats_over_nineteen_groups():
    assert steps_of("same-figures-everywhere")[0] == (".734 / .698 / .716", "in 19 of 24 groups; over all the same")


def test_two_rows_of_850_stand_beside_the_next_best():
    said = [comes_to for _, comes_to in steps_of("next-best-is-not")]
    assert said[0].startswith(".825")
    assert sum(each.startswith(".850") for each in said) == 2


def test_one_f1_score_does_not_follow():
    assert steps_of("f1-that-does-not-follow") == [(".819", ".820")]


def test_sentences_and_tables_differ():
    assert all(said != printed for said, printed in steps_of("sentences-against-tables"))


def test_what_sentences_name_stands_over_all_or_in_other_tables_or_in_none():
    """As the claim says: each of the three is the case."""
    found = {_where_printed(key, model, said) for _section, key, _group, model, said in SENTENCES}
    assert found == {"over all", "other tables", "nowhere"}
    assert _where_printed("A3", "BiasFinder", 0.922) == "other tables"
    assert "over all (Table 3), of groups in other tables, or of no table" in claim_of("sentences-against-tables").means


def _where_printed(own, model, said):
    if TABLES["3"].value(model, "F1-Score") == said:
        return "over all"
    others = [key for key in BY_GROUP if key != own and said in TABLES[key].column("F1-Score", model)]
    return "other tables" if others else "nowhere"


def test_the_algorithm_trains_on_what_it_had_before():
    """Line 43 has no feedback among its arguments; the term of line 22 is what is left of it."""
    assert steps_of("the-model-begins-anew") == [("M ← TrainModel(X_train, λ)", "X_train, λ")]
    assert "line 22 alone, which has no gradient" in claim_of("the-model-begins-anew").means
    assert claim_of("one-group-only").where == "Algorithm 1, lines 34 to 37, 39, 43 and 45"


def test_table_4_parts_the_data():
    assert dict(steps_of("mentions-as-partitions"))["100.01 %"] == "1,971,916 of 1,971,916 (100.00 %)"
    assert dict(steps_of("mentions-as-partitions"))["81.26 %"] == "81.20 %"


def test_feedback_is_a_tenth_of_the_test_set_and_may_explain_table_6_unless_it_was_drawn_at_random():
    told, errors, at_random, chosen = steps_of("feedback-from-the-test-set")
    assert (told, errors) == (("10,000 / 96,862", "10.3 %"), ("", "7,265"))
    assert (at_random, chosen) == (("+.050", "+.008"), ("+.050", "+.075"))
    assert "“collected selectively from a curated subset”" in claim_of("feedback-from-the-test-set").means


def test_table_6_and_figure_4_go_from_and_to_the_same():
    assert steps_of("one-step-or-six-months")[0] == ("Table 6: .925 → .975", "Figure 4: about .92 → .98")
    assert steps_of("improvement-is-relative") == [("5.41", "5.41"), ("", "+5.0")]
    assert steps_of("tests-without-unit") == [("p = .01", "z = 50.5, p < 1e-300")]
    assert TABLES["6"].value("Accuracy", "Before Feedback") == TABLES["3"].value(PROPOSED, "Accuracy")
