"""What levels, subgroups and axes are called on a page, in its language. Sentences that are stored have them in English, from `labels`."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from modeling.labels import LEXICON_SUFFIX, WATCHED_PREFIX, Level, LevelKind, subgroup_label
from modeling.map_engines import MapEngine

LEVEL_NAMES: dict[LevelKind, dict[Level, str]] = {
    LevelKind.TOXICITY: {Level.LOW: _("low"), Level.MILD: _("mild"), Level.HIGH: _("high")},
    LevelKind.SENTIMENT: {Level.LOW: _("negative"), Level.MILD: _("neutral"), Level.HIGH: _("positive")},
}

TEACHES_NOTHING = _("Your wording teaches nothing: exchange whom the comment is about, and leave at least half of its other words as they are.")
"""Why a wording of somebody's own cannot be reported, where it cannot."""

AXIS_NAMES: dict[str, str] = {
    "race and ethnicity": _("race and ethnicity"),
    "gender": _("gender"),
    "sexual orientation": _("sexual orientation"),
    "religion": _("religion"),
    "disability": _("disability"),
}
SUBGROUP_NAMES: dict[str, str] = {
    "asian": _("Asian"),
    "black": _("Black"),
    "white": _("White"),
    "latino": _("Latino"),
    "other_race_or_ethnicity": _("other race or ethnicity"),
    "male": _("male"),
    "female": _("female"),
    "transgender": _("transgender"),
    "other_gender": _("other gender"),
    "heterosexual": _("heterosexual"),
    "homosexual_gay_or_lesbian": _("homosexual, gay or lesbian"),
    "bisexual": _("bisexual"),
    "other_sexual_orientation": _("other sexual orientation"),
    "christian": _("Christian"),
    "jewish": _("Jewish"),
    "muslim": _("Muslim"),
    "hindu": _("Hindu"),
    "buddhist": _("Buddhist"),
    "atheist": _("atheist"),
    "other_religion": _("other religion"),
    "physical_disability": _("physical disability"),
    "intellectual_or_learning_disability": _("intellectual or learning disability"),
    "psychiatric_or_mental_illness": _("psychiatric or mental illness"),
    "other_disability": _("other disability"),
}

MAP_NAMES: dict[MapEngine, str] = {
    MapEngine.OCCLUSION: _("Leaving words out"),
    MapEngine.INTEGRATED_GRADIENTS: _("Integrated gradients"),
    MapEngine.GRADIENT_X_ATTENTION: _("Attention weighted by its effect"),
    MapEngine.GRADIENT_X_INPUT: _("Gradient times input"),
    MapEngine.ATTENTION: _("Attention"),
    MapEngine.ATTENTION_ROLLOUT: _("Attention through all layers"),
    MapEngine.SHAP: _("SHAP"),
    MapEngine.LIME: _("LIME"),
}
MAP_MEANINGS: dict[MapEngine, str] = {
    MapEngine.OCCLUSION: _("By how much the score falls when a word is hidden from the model."),
    MapEngine.INTEGRATED_GRADIENTS: _("How much of the score each word brings in while the words are faded in together, from none to all."),
    MapEngine.GRADIENT_X_ATTENTION: _("How much weight each word carries into the predicted side, layer after layer."),
    MapEngine.GRADIENT_X_INPUT: _("A first guess at what each word adds, from the slope of the score alone."),
    MapEngine.ATTENTION: _("Where the model looked, not why it decided."),
    MapEngine.ATTENTION_ROLLOUT: _("Where the model looked, followed through all its layers; not why it decided."),
    MapEngine.SHAP: _("What each word adds, on average, to groups of the other words."),
    MapEngine.LIME: _("What each word adds in a simple model that imitates this one near the comment."),
}


def subject_name(subject: str) -> str:
    """Of social dynamics: a subgroup, a watched word in its quotes, or all words that name a subgroup."""
    if not subject:
        return gettext("all identity words")
    return f"“{subject.removeprefix(WATCHED_PREFIX)}”" if subject.startswith(WATCHED_PREFIX) else subgroup_name(subject)


def subgroup_name(subgroup: str) -> str:
    """A data set's own subgroups are called as it calls them."""
    plain = subgroup.removesuffix(LEXICON_SUFFIX)
    name = str(SUBGROUP_NAMES.get(plain) or subgroup_label(plain))
    return gettext("%(subgroup)s (by term list)") % {"subgroup": name} if plain != subgroup else name
