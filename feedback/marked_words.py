"""The words that people marked, held against the maps that they were shown."""

from collections import defaultdict

from feedback.models import Annotation, AnnotationRound
from modeling.reports import MeanPlausibility, plausibility_of


def words_and_maps(round: AnnotationRound) -> MeanPlausibility | None:
    """None where nobody has marked any."""
    marked: dict[int, list[list[list[int]]]] = defaultdict(list)
    rows = Annotation.objects.filter(item__round=round).exclude(rationale=[]).order_by("pk")
    for prediction, spans in rows.values_list("item__prediction", "rationale"):
        marked[prediction].append(spans)
    return plausibility_of(marked) if marked else None
