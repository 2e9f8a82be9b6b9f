"""Three questions now and then: do people read the shading and the bars as they are meant? Results for leads, never a bar to working on."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from feedback.crowd.estimates import wilson
from feedback.models import Annotation, AnnotationRound, Annotator, ComprehensionAnswer
from modeling.explaining import ENGINE
from modeling.models import Explanation

PER_CHECK = 3
OF_GREYED = "greyed-map"
FIRST_AT = (10, 60)
THEN_EVERY = 150
LATER = 20
"""Answers until they are asked again, where they put it off."""


@dataclass(frozen=True)
class Question:
    """`choices`: name -> text; the first is right, and the page shows them in an order of its own."""

    name: str
    text: str
    choices: dict[str, str]
    why: str

    @property
    def right(self) -> str:
        return next(iter(self.choices))

    def shown(self) -> list[tuple[str, str]]:
        """By name, so that the right one stands anywhere."""
        return sorted(self.choices.items())


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "shaded-word",
            _("A word is shaded. What does that mean?"),
            {
                "leans": _("The model leans on this word for what it says"),
                "insult": _("The word is an insult"),
                "look-up": _("The word is misspelt"),
            },
            _("Shading shows what the model used. A harmless word can be shaded when the model has learned something wrong."),
        ),
        Question(
            OF_GREYED,
            _("The shading is grey, and a line says that you should not rely on it. Why?"),
            {
                "chance": _("Words picked by chance would explain the prediction as well"),
                "low-level": _("The model says low"),
                "unread": _("The model has not read these words"),
            },
            _("Every map is compared with twenty random ones. Where it is no better, it is greyed: then judge by the words alone."),
        ),
        Question(
            "even-shades",
            _("Many words of a comment are shaded alike. What can you say?"),
            {
                "no-single": _("The model leans on many words together, not on a single one"),
                "all-bad": _("All of these words are bad"),
                "harmless": _("The comment is harmless"),
            },
            _("A score can rest on many words together. What the comment is worth is for you to judge."),
        ),
        Question(
            "darker-shade",
            _("One word is shaded more strongly than the others of its comment. Why?"),
            {
                "more-weight": _("The model leans on it more than on them"),
                "worse": _("It is a worse word"),
                "earlier": _("The model read it earlier"),
            },
            _("Shades compare words of one comment with each other, by the share of the weight that each carries."),
        ),
        Question(
            "two-comments",
            _("The most strongly shaded words of two comments look alike. Does the model lean on them equally?"),
            {
                "cannot-tell": _("That cannot be seen from the shade"),
                "equally": _("Yes, equally"),
                "longer": _("Only if both comments are equally long"),
            },
            _("The strongest word of each comment is shaded most, whether it carries 10 % of the weight or 60 %. The sentence gives the number."),
        ),
        Question(
            "longest-bar",
            _("The bar of “high” is longest, with 40 %. What does the model say?"),
            {
                "likeliest": _("High is likeliest of the three, but it is far from sure"),
                "sure": _("It is sure that the comment is high"),
                "forty-bad": _("Forty words in a hundred are bad"),
            },
            _("The level with the longest bar is the one that the model says. At 40 %, the other two together are likelier."),
        ),
        Question(
            "bars-together",
            _("What do the three bars add up to?"),
            {
                "hundred": _("100 %: they share out how likely each level is"),
                "anything": _("Anything: each stands alone"),
                "words": _("The number of words"),
            },
            _("When one level becomes likelier, the others become less likely."),
        ),
        Question(
            "ninety-nine",
            _("The model gives a level 99 %. Can it be wrong?"),
            {"yes-wrong": _("Yes, and your answer counts just as much"), "no": _("No"), "rarely-skip": _("Hardly: such comments can be passed over")},
            _("The bars show how sure the model is, not whether it is right. Sure and wrong is what this work is meant to find."),
        ),
        Question(
            "identity-word",
            _("The name of a group of people is shaded in a friendly comment. What does that suggest?"),
            {
                "group-used": _("The model may hold the mention of the group against the comment"),
                "must-high": _("The comment must be toxic"),
                "writer": _("The writer belongs to the group"),
            },
            _("That is the commonest bias: a harmless mention raises the score. Say so under “Does the model treat people unfairly here?”."),
        ),
        Question(
            "right-or-used",
            _("What does the shading not tell you?"),
            {
                "is-right": _("Whether the model is right"),
                "used": _("Which words the model leans on"),
                "strongest": _("Which word weighs most"),
            },
            _("It says what the model used. Whether that was right, you say."),
        ),
    )
}


@dataclass(frozen=True)
class Share:
    """Of `n` answers to a question, the share that was right, with Wilson's interval."""

    question: Question
    value: float
    low: float
    high: float
    n: int


def answered_by(annotator: Annotator) -> int:
    return Annotation.objects.filter(annotator=annotator).count()


def due_at(answered: int) -> int:
    """Answers after which the next check comes."""
    return next((place for place in FIRST_AT if place > answered), FIRST_AT[-1] + THEN_EVERY * (1 + max(0, answered - FIRST_AT[-1]) // THEN_EVERY))


def questions_for(annotator: Annotator) -> list[Question]:
    """Those that they have met least; which of these comes first differs from person to person. Who has met no grey shading is not asked
    about it."""
    met = Counter(ComprehensionAnswer.objects.filter(annotator=annotator).values_list("question", flat=True))
    names = [name for name in QUESTIONS if name != OF_GREYED or _has_met_greyed(annotator)]
    start = annotator.pk % len(names)
    return [QUESTIONS[name] for name in sorted(names[start:] + names[:start], key=lambda name: met[name])[:PER_CHECK]]


def _has_met_greyed(annotator: Annotator) -> bool:
    by_chance = {"engine": ENGINE, "figures__faithfulness__beats_chance": False}
    answered = Annotation.of_any_purpose.filter(annotator=annotator).values("item__prediction")
    return Explanation.objects.filter(prediction__in=answered, **by_chance).exists()


def put_off(annotator: Annotator) -> None:
    Annotator.objects.filter(pk=annotator.pk).update(check_due_at=answered_by(annotator) + LATER)


def record_check(*, round: AnnotationRound, annotator: Annotator, chosen: dict[str, str]) -> list[tuple[Question, str]]:
    """Store what was chosen, question -> choice. Returns (question, choice) of what is known; sent twice, it is stored once."""
    known = [(QUESTIONS[name], choice) for name, choice in chosen.items() if name in QUESTIONS and choice in QUESTIONS[name].choices]
    answered = answered_by(annotator)
    with transaction.atomic():
        rows = (
            ComprehensionAnswer(
                annotator=annotator, round=round, question=question.name, chosen=choice, is_right=choice == question.right, answered_before=answered
            )
            for question, choice in known
        )
        ComprehensionAnswer.objects.bulk_create(rows, ignore_conflicts=True)
        if known:
            Annotator.objects.filter(pk=annotator.pk).update(check_due_at=due_at(answered))
    return known


def comprehension_of(round: AnnotationRound) -> list[Share]:
    """Each question that was answered in this round, worst first."""
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for name, is_right in ComprehensionAnswer.objects.filter(round=round, question__in=QUESTIONS).values_list("question", "is_right"):
        counts[name].append(is_right)
    shares = [(QUESTIONS[name], sum(rights) / len(rights), len(rights)) for name, rights in counts.items()]
    return sorted((Share(question, share, *wilson(share, n), n) for question, share, n in shares), key=lambda share: share.value)
