"""Do the maps that people are shown name the words that people mark?"""

from collections.abc import Mapping, Sequence

from modeling.labels import Level
from modeling.map_engines import DEFAULT_MAP
from modeling.measures.plausibility import MeanPlausibility, marked_by_half, mean_plausibility, plausibility
from modeling.models import Explanation


def plausibility_of(marked: Mapping[int, Sequence[Sequence[Sequence[int]]]]) -> MeanPlausibility:
    """`marked`: prediction id -> the words that each person marked in its comment, [[start, end]]. Of predictions above the lowest level: what
    people mark speaks for a level, and where the model sees none, its map speaks against one."""
    maps = Explanation.objects.filter(prediction__in=marked, engine=DEFAULT_MAP.stored_as).exclude(prediction__predicted_label=Level.LOW)
    found = (plausibility(spans, marked_by_half(marked[pk])) for pk, spans in maps.values_list("prediction", "spans").order_by("prediction"))
    return mean_plausibility([one for one in found if one])
