"""How far two decisions are apart."""

from typing import Any

from modeling.pipeline.replay_lines import decision_difference


def decided(p: float = 0.01, **more: Any) -> dict[str, Any]:
    checks = [{"measure": "ece", "low": -0.1, **more}]
    subgroups = [{"subgroup": "muslim", "measure": "fpr", "low": -0.2, **more}]
    return {"eligible": True, "primary": {"measure": "jigsaw_score", "p_value": p, **more}, "checks": checks, "subgroups": subgroups, "n": 300}


def test_a_bundle_of_before_degrees_of_freedom_were_stored_is_the_same_decision() -> None:
    assert decision_difference(decided(), decided(freedom=12.5)) == 0


def test_thousands_of_degrees_of_freedom_need_not_be_the_same_to_six_decimals() -> None:
    assert decision_difference(decided(freedom=5_000.001), decided(freedom=5_000)) == 0


def test_the_p_values_that_rest_on_them_must() -> None:
    assert decision_difference(decided(p=0.5), decided(freedom=12.5)) == 0.49
