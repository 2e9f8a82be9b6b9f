"""On whose answers each label of a round rests, by names that modeling cannot read."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from feedback.models import Annotation, AnnotationRound, RoundName
from modeling.labels import Verdict


def label_sources(round: AnnotationRound, *, decided: Collection[int] = ()) -> dict[int, list[str]]:
    """Comment -> names of those who said something of its level or reported a bias; nobody where an adjudicator `decided` the item."""
    said = Annotation.objects.filter(~Q(verdict=Verdict.UNSURE) | Q(biased=True), item__round=round).exclude(item__in=decided).order_by("pk")
    answers = list(said.values_list("item__comment_id", "annotator_id"))
    names = _names(round, {annotator for _, annotator in answers})
    sources: dict[int, list[str]] = defaultdict(list)
    for comment, annotator in answers:
        sources[comment].append(names[annotator])
    return dict(sources)


def _names(round: AnnotationRound, annotators: Collection[int]) -> dict[int, str]:
    missing = [RoundName(round=round, annotator_id=annotator) for annotator in sorted(annotators)]
    RoundName.objects.bulk_create(missing, batch_size=500, ignore_conflicts=True)
    return dict(RoundName.objects.filter(round=round).values_list("annotator_id", "name"))
