"""What the annotator's page shows of one item: the comment, and what the model says of it. One statement, since it runs at every answer."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from feedback.forms import LEVEL_KEYS
from feedback.models import AnnotationItem, Assignment
from modeling.explaining import ENGINE
from modeling.labels import MEMBER_AT, SUBGROUPS, Level, LevelKind
from modeling.models import Comment, Dataset, Explanation, Prediction, SubgroupMention
from modeling.reports import LEVEL_NAMES, ShadedComment, shade

SAID = f"""
SELECT place.id, comment.text, dataset.level_kind, prediction.id, prediction.predicted_label,
    prediction.p_low, prediction.p_mild, prediction.p_high, explanation.spans, explanation.figures, place.blind, place.own_level, mention.subgroup
FROM {Assignment._meta.db_table} place
JOIN {AnnotationItem._meta.db_table} item ON item.id = place.item_id
JOIN {Comment._meta.db_table} comment ON comment.id = item.comment_id
JOIN {Dataset._meta.db_table} dataset ON dataset.id = comment.dataset_id
JOIN {Prediction._meta.db_table} prediction ON prediction.id = item.prediction_id
LEFT JOIN {Explanation._meta.db_table} explanation ON explanation.prediction_id = prediction.id AND explanation.engine = '{ENGINE}'
LEFT JOIN {SubgroupMention._meta.db_table} mention ON mention.comment_id = comment.id AND mention.value >= {MEMBER_AT}
WHERE place.id = %s ORDER BY mention.subgroup
"""  # noqa: S608 - names of our own models and engines only


@dataclass(frozen=True)
class Said:
    """`mentions`: subgroups that people are offered first. `shaded` is None until the comment has been explained.

    `prediction_id`, `predicted`, `p` and `shaded` are None or empty while the prediction is hidden: until the annotator's `own_level` is stored.
    """

    place: int
    text: str
    kind: str
    mentions: list[str]
    own_level: str = ""
    prediction_id: int | None = None
    predicted: str = ""
    p: tuple[float, float, float] | None = None
    shaded: ShadedComment | None = None

    @property
    def is_blind(self) -> bool:
        return self.prediction_id is None

    @property
    def levels(self) -> list[tuple[str, str, str]]:
        """(value, name, key) of the three levels."""
        names = LEVEL_NAMES[LevelKind(self.kind)]
        return [(level.value, names[level], LEVEL_KEYS[level]) for level in Level]

    @property
    def probabilities(self) -> list[tuple[str, str, float]]:
        """(name, level, probability) of the three levels."""
        names = LEVEL_NAMES[LevelKind(self.kind)]
        return [(names[level], level.value, share) for level, share in zip(Level, self.p or (), strict=True)]


def said_at(place: int) -> Said:
    with connection.cursor() as cursor:
        cursor.execute(SAID, [place])
        rows = cursor.fetchall()
    pk, text, kind, prediction_id, predicted, *p, spans, figures, blind, own_level, _ = rows[0]
    # Extra subgroups of a data set are for the measures, not for people.
    mentions = [row[-1] for row in rows if row[-1] in SUBGROUPS]
    if blind and not own_level:
        return Said(pk, text, kind, mentions)
    return Said(pk, text, kind, mentions, own_level, prediction_id, predicted, (p[0], p[1], p[2]), _shaded(text, spans, figures))


def _shaded(text: str, spans: Any, figures: Any) -> ShadedComment | None:
    return None if spans is None else shade(text, _from_json(spans), _from_json(figures))


def _from_json(value: Any) -> Any:
    """SQLite gives JSON back as text."""
    return json.loads(value) if isinstance(value, str) else value
