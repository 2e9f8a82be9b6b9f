"""Who may ask what if, about what, and what comes back: for the page, the panel and the API alike."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from modeling.access import VeiledError, explained_prediction, is_scoring_veiled
from modeling.errors import PairRefusedError
from modeling.labels import LevelKind, predicted_level
from modeling.ml.what_if import VariantKind, pair_key
from modeling.models import CounterfactualPair, ModelVersion, Prediction, Project
from modeling.pipeline.decide_swap import rejected_rules
from modeling.pipeline.freeze_pairs import is_taken
from modeling.pipeline.report_pair import own_verdicts, report_pair, require_below_limit, require_sayable
from modeling.pipeline.score_texts import score_texts
from modeling.pipeline.what_if import TIMEOUT_SECONDS, masked_text, variants_of, what_if
from modeling.reports.what_if import Pair, WhatIf, what_if_report

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BY_RULE = (VariantKind.SWAP, VariantKind.ABLATION)
Asked = Mapping[str, Any]
"""`text`, `kind`, and with `VariantKind.EDIT` `edited`, with `VariantKind.ABLATION` perhaps `word`."""


def require_may_ask(user: object, project: Project, prediction: Prediction | None, asked: Asked) -> None:
    """Who is to judge comments before the prediction is shown asks about those alone whose prediction they have seen, and as they stand:
    variants are as good as the prediction, and another comment could be typed in.

    Raises:
        VeiledError: this person, for that reason.
    """
    if is_scoring_veiled(user, project) and not _is_as_it_stands(prediction, asked):
        refusal = _("You annotate in a round that asks for your own level first. Until it is closed, ask about comments there, as they stand.")
        raise VeiledError(refusal)


def _is_as_it_stands(prediction: Prediction | None, asked: Asked) -> bool:
    typed, kind = masked_text(asked.get("text", ""))[0], asked.get("kind", "")
    return prediction is not None and kind in BY_RULE and typed.split() == text_asked_about(prediction).split()


def prediction_asked_about(user: object, project: Project, pk: int | None) -> Prediction | None:
    """Raises as `access.explained_prediction` does."""
    return None if pk is None else explained_prediction(user, pk, project.slug)


def text_asked_about(prediction: Prediction) -> str:
    """Of a long comment the beginning: the model reads no more of it than that."""
    return masked_text(prediction.comment.text)[0]


def ask_model(*, project: Project, version: ModelVersion, prediction: Prediction | None, asked: Asked, by: "User") -> WhatIf:
    """Raises NotScoredError where the model server does not answer."""
    kind = VariantKind(asked["kind"])
    words = {"edited": asked.get("edited", ""), "word": asked.get("word", "")}
    scored = what_if(version=version, text=asked["text"], kind=kind, rejected=rejected_rules(project), **words)
    verdicts = own_verdicts(project=project, by=by, text=scored.text, variants=[variant for variant, _p in scored.variants])
    return what_if_report(version=version, scored=scored, kind=kind, level_kind=_level_kind(project, prediction), verdicts=verdicts)


def pair_asked_about(*, project: Project, asked: Asked, key: str = "", variant: str = "") -> Pair:
    """As the generator makes it: nothing that is sent is taken on trust. Of rejected swaps too, or none could be taken back. It is told by
    its `key`, or by the text of its `variant`: what browsers send back is not the same letter by letter.

    Raises:
        PairRefusedError: this variant is not made of that text.
    """
    text, edited, kind = masked_text(asked["text"])[0], masked_text(asked.get("edited", ""))[0], VariantKind(asked["kind"])
    wanted = key or pair_key(text, variant)
    for rules in (rejected_rules(project), ()):
        for made in variants_of(text, kind, edited, asked.get("word", ""), rules):
            if pair_key(text, made.text) == wanted:
                return Pair(text, made)
    raise PairRefusedError(_("This variant cannot be made of that comment any more. Ask the model again."))


def report(*, project: Project, version: ModelVersion, prediction: Prediction | None, pair: Pair, verdict: str, by: "User") -> CounterfactualPair:
    """It knows the prediction's comment where that was not changed. Bias is what the version shows: it is asked once more.

    Raises:
        PairRefusedError: as `report_pair` does, they reported too many today, or the version gives both the same level.
        NotScoredError: the model server does not answer, so that nothing is known and nothing is kept.
    """
    require_sayable(pair.text, pair.variant, verdict)
    require_below_limit(by, pair.key)
    if verdict == CounterfactualPair.Verdict.BIASED:
        _require_flip(version, pair)
    comment = prediction.comment if prediction and text_asked_about(prediction) == pair.text else None
    return report_pair(project=project, version=version, text=pair.text, variant=pair.variant, verdict=verdict, by=by, comment=comment)


def is_for_next_cycle(project: Project, key: str) -> bool:
    """Whether a cycle would learn from this pair, as reports stand."""
    return is_taken(project=project, key=key, rejected=rejected_rules(project))


def _require_flip(version: ModelVersion, pair: Pair) -> None:
    own, other = score_texts(version=version, texts=[pair.text, pair.variant.text], timeout=TIMEOUT_SECONDS)
    if predicted_level(own) == predicted_level(other):
        raise PairRefusedError(_("The model gives both the same level, so this shows no bias. Report variants whose level is another."))


def _level_kind(project: Project, prediction: Prediction | None) -> str:
    if prediction:
        return prediction.comment.dataset.level_kind
    is_sentiment = project.datasets.filter(level_kind=LevelKind.SENTIMENT).exists()
    return LevelKind.SENTIMENT if is_sentiment else LevelKind.TOXICITY
