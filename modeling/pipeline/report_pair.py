"""What people say of pairs: bias, which cycles train on, or not equivalent, of which a lead decides (`decide_swap`). It can be taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from modeling import ledger
from modeling.access import has_role
from modeling.errors import PairRefusedError
from modeling.ml.masking import text_hash
from modeling.ml.what_if import Variant, VariantKind, is_about_others, pair_key
from modeling.models import Comment, CounterfactualPair, ModelVersion, Project, Role
from modeling.names import TEACHES_NOTHING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Verdict = CounterfactualPair.Verdict

MOST_A_DAY = 200
"""Reports of one person: more than anybody reads, and a bound to what is kept and read by each cycle."""


def report_pair(
    *, project: Project, version: ModelVersion, text: str, variant: Variant, verdict: str, by: "User", comment: Comment | None = None
) -> CounterfactualPair:
    """Keep it, in place of what the same person said of the same pair before. `text` is masked, and `variant` one that was made of it.

    Raises:
        PairRefusedError: nobody can say that of such a variant.
    """
    require_sayable(text, variant, verdict)
    said: dict[str, Any] = {"version": version, "comment": comment, "text": text, "twin": variant.text, "kind": variant.kind}
    # The whole comment's, of which `text` may be the beginning: by that one it is known where it judges versions.
    said |= {"text_hash": text_hash(comment.text if comment else text), "twin_hash": text_hash(variant.text)}
    said |= {"before": variant.before[:200], "after": variant.after[:200], "rule": variant.rule, "verdict": verdict}
    said |= {"by_lead": has_role(by, project, Role.LEAD), "set_aside_at": None, "created_at": timezone.now()}
    with transaction.atomic():
        key = {"project": project, "reporter": by, "pair_key": pair_key(text, variant.text)}
        pair, _is_new = CounterfactualPair.objects.update_or_create(**key, defaults=said)
        _record(pair, "pair.reported", by, {"verdict": verdict, "pair_sha256": pair.pair_key, "version": version.number})
    return pair


def require_sayable(text: str, variant: Variant, verdict: str) -> None:
    """Raises PairRefusedError where nobody can say that of such a variant."""
    if verdict not in Verdict.values:
        raise PairRefusedError(_("A pair can be reported as biased or as not equivalent."))
    if variant.kind == VariantKind.ABLATION:
        raise PairRefusedError(_("A comment without a word is no comment about somebody else, so this pair teaches nothing. Report a swap instead."))
    if verdict == Verdict.NOT_EQUIVALENT and not variant.rule:
        raise PairRefusedError(_("Only an exchange of one for one other can be rejected. Report one of those."))
    if pair_key(text, variant.text) == pair_key(text, text):
        raise PairRefusedError(_("Both texts are the same but for case and spaces. Change something in one of them."))
    if variant.kind == VariantKind.EDIT and not is_about_others(text, variant.text):
        raise PairRefusedError(str(TEACHES_NOTHING))


def require_below_limit(by: "User", key: str) -> None:
    """Raises PairRefusedError where they have reported as much as one may in a day; what they say anew of the same pair is no more."""
    last_day = CounterfactualPair.objects.filter(reporter=by, created_at__gt=timezone.now() - timedelta(days=1))
    if last_day.exclude(pair_key=key).count() >= MOST_A_DAY:
        told = _("You have reported %(most)s pairs within a day, which is as many as can be. All of them are kept; report more tomorrow.")
        raise PairRefusedError(told % {"most": MOST_A_DAY})


def take_back_pair(*, project: Project, key: str, by: "User") -> CounterfactualPair:
    """Delete one's own report. What a cycle has been given stays in that cycle, without a name.

    Raises:
        PairRefusedError: there is none.
    """
    with transaction.atomic():
        pair = CounterfactualPair.objects.select_for_update(of=("self",)).filter(project=project, reporter=by, pair_key=key).first()
        if pair is None:
            raise PairRefusedError(_("You have not reported this pair, or have taken it back already."))
        _record(pair, "pair.taken_back", by, {"verdict": pair.verdict, "pair_sha256": pair.pair_key})
        pair.delete()
    return pair


def own_verdicts(*, project: Project, by: "User", text: str, variants: Sequence[Variant]) -> dict[str, str]:
    """Pair's key -> what this person has said of it."""
    keys = [pair_key(text, variant.text) for variant in variants]
    own = CounterfactualPair.objects.filter(project=project, reporter=by, pair_key__in=keys)
    return dict(own.values_list("pair_key", "verdict"))


def _record(pair: CounterfactualPair, action: str, by: "User", payload: dict[str, Any]) -> None:
    """Not the texts: what somebody typed must be able to go."""
    ledger.append(actor=by, action=action, subject=f"pair {pair.pk} of {pair.project.slug}", payload=payload)
