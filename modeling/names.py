"""What levels, subgroups and axes are called on a page, in its language. Sentences that are stored have them in English, from `labels`."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from modeling.labels import LEXICON_SUFFIX, Level, LevelKind, subgroup_label

LEVEL_NAMES: dict[LevelKind, dict[Level, str]] = {
    LevelKind.TOXICITY: {Level.LOW: _("low"), Level.MILD: _("mild"), Level.HIGH: _("high")},
    LevelKind.SENTIMENT: {Level.LOW: _("negative"), Level.MILD: _("neutral"), Level.HIGH: _("positive")},
}

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


def subgroup_name(subgroup: str) -> str:
    """A data set's own subgroups are called as it calls them."""
    plain = subgroup.removesuffix(LEXICON_SUFFIX)
    name = str(SUBGROUP_NAMES.get(plain) or subgroup_label(plain))
    return gettext("%(subgroup)s (by term list)") % {"subgroup": name} if plain != subgroup else name
