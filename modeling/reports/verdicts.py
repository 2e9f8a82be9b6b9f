"""A cycle's verdict in one plain sentence, for readers who know no statistics; numbers stand behind it."""

from collections.abc import Mapping
from typing import Any

from modeling.labels import SUBGROUPS, subgroup_label
from modeling.measure_texts import text_of

SLIGHT = 0.01
NAMED_AT_MOST = 3


def plain_verdict(decision: Mapping[str, Any], candidate: str, champion: str) -> str:
    """Empty where no primary measure was stored, so nothing can be said."""
    primary = decision.get("primary")
    if not primary:
        return ""
    label = _named(primary["measure"])
    if decision.get("eligible"):
        return f"{candidate} is better on {label} and harms no subgroup that can be judged: it may come into use."
    return f"{candidate} {_why_held(decision, label, champion)}, so the gate holds it back."


def short_verdict(decision: Mapping[str, Any]) -> str:
    """For a card or a row of a list."""
    primary = decision.get("primary")
    if not primary:
        return ""
    if decision.get("eligible"):
        return "Better, and harms nobody that can be judged"
    if _harmed(decision):
        return "Held: a subgroup is treated worse" if primary["passed"] else "Held: a subgroup is treated worse, and no gain is shown"
    if not primary["passed"]:
        gain = _gain(primary)
        return "Held: too few comments to tell" if gain is None else "Held: the gain may be chance" if gain > 0 else "Held: no better"
    return "Held: something else may be worse"


def unjudged_subgroups(decision: Mapping[str, Any]) -> tuple[tuple[str, int, int], ...]:
    """(subgroup, toxic, non-toxic comments) of those that cannot be judged in full, in the order of the axes."""
    found = {row["subgroup"]: (row["n_toxic"], row["n_non_toxic"]) for row in decision.get("subgroups", ()) if row["status"] == "cannot_tell"}
    ordered = [*(name for name in SUBGROUPS if name in found), *sorted(set(found) - set(SUBGROUPS))]
    return tuple((name, *found[name]) for name in ordered)


def _why_held(decision: Mapping[str, Any], label: str, champion: str) -> str:
    primary = decision["primary"]
    worse = [_named(check["measure"]) for check in decision.get("checks", ()) if check["passed"] is False]
    harmed = _harmed(decision)
    harm = f"worse than the gate allows on comments that mention these subgroups: {_listed(harmed)}"
    also = f"; it may also be worse on {_listed(worse)}" if worse else ""
    if primary["passed"]:
        return f"is better on {label}, but does {harm}{also}" if harmed else f"is better on {label}, but may be worse on {_listed(worse)}"
    return f"{_no_gain(primary, label, champion)}{f'; and it does {harm}' if harmed else ''}{also}"


def _no_gain(primary: Mapping[str, Any], label: str, champion: str) -> str:
    gain = _gain(primary)
    if gain is None:
        return f"cannot be judged on {label}, because there are too few comments for it"
    if gain <= 0:
        return f"is no better than {champion} on {label}"
    return f"looks {'slightly ' if gain < SLIGHT else ''}better on {label}, but the gain is too small to tell from chance"


def _harmed(decision: Mapping[str, Any]) -> list[str]:
    rows = decision.get("subgroups", ())
    return list(dict.fromkeys(subgroup_label(row["subgroup"]) for row in rows if row["status"] == "harmed"))


def _gain(primary: Mapping[str, Any]) -> float | None:
    """None where the measure cannot be taken, or was not tested."""
    if primary["difference"] is None or primary["p_value"] is None:
        return None
    return primary["difference"] if text_of(primary["measure"]).higher_is_better else -primary["difference"]


def _named(measure: str) -> str:
    label = text_of(measure).label
    return f"the {label}" if label.endswith("score") else label


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more
