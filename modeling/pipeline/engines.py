"""The engine of a new version: which ones are tried for a project, and on which comments of gate they must show themselves."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from modeling.labels import MEMBER_AT, Arm, Split, mention_key
from modeling.models import Comment, Project, SubgroupMention

if TYPE_CHECKING:
    from modeling.ml.classifier import Classifier
    from modeling.ml.engines import GateComments

MOST_GATE_COMMENTS = 4_000
MOST_MEMBERS = 400
"""Of a subgroup that has fewer among the first 4,000 comments, up to this many are added."""
SERVING_ARMS = (Arm.INITIAL, Arm.REAL)
PAYS_AT = 50_000
"""Comments of a project from which on `auto` builds an int8 engine: half of them are scored with each version. Chosen by
estimate and not by measurement: with fewer, building an engine and showing it take longer than the faster scoring saves."""


def engine_files(*, project: Project, classifier: "Classifier", arm: Arm) -> Callable[[Path], dict[str, Any]]:
    """What writes the version's engine into its directory and tells the manifest of it (`classifier.save_version`).

    One rule for all arms of a cycle where engines are built, so that arms are compared on engines of one kind. Where none is built,
    control arms are left as they were trained: they never serve, and what serves is torch at the same precision.
    """
    from modeling.ml.engines import candidates, choose_engine

    build = builds_engines(project)
    engines = candidates(classifier.config, build=build)

    def add(directory: Path) -> dict[str, Any]:
        if not build and arm not in SERVING_ARMS:
            return {"engine": {"engine": classifier.engine, "files": {}, "tried": [], "note": "a control arm: it never serves and was not checked"}}
        return {"engine": choose_engine(classifier, engines, gate_comments(project), calibration_texts(project), directory)}

    return add


def builds_engines(project: Project) -> bool:
    """`BIASAPP_ENGINE`: `openvino` always, `torch` never, `auto` where packages and processor allow it and the project is large enough."""
    from modeling.ml.engines import int8_is_fast, openvino_is_here

    if settings.ENGINE == "torch" or not openvino_is_here():
        return False
    return settings.ENGINE == "openvino" or (int8_is_fast() and Comment.objects.of(project).count() >= PAYS_AT)


def gate_comments(project: Project) -> "GateComments":
    """The first 4,000 comments of gate in the order of their hash, labelled or not, and more members of rare subgroups.

    Every subgroup is there with min(all, 400) members, so that each with 100 in gate can be judged.
    """
    from modeling.ml.engines import GateComments

    everything = Comment.objects.of(project).in_split(Split.GATE).order_by("text_hash", "pk")
    order = list(everything.values_list("pk", flat=True))
    place = {pk: i for i, pk in enumerate(order)}
    members = _members(project, place)
    wanted = set(range(min(len(order), MOST_GATE_COMMENTS)))
    for places in members.values():
        wanted |= set(places[:MOST_MEMBERS])
    kept = sorted(wanted)
    texts = dict(_texts([order[i] for i in kept]))
    return GateComments([texts[order[i]] for i in kept], {name: np.isin(kept, places) for name, places in members.items()})


def _members(project: Project, place: dict[int, int]) -> dict[str, list[int]]:
    mentions = SubgroupMention.objects.filter(comment__dataset__project=project, comment__split=Split.GATE, value__gte=MEMBER_AT)
    members: dict[str, list[int]] = defaultdict(list)
    for pk, subgroup, source in mentions.values_list("comment_id", "subgroup", "source").iterator(5_000):
        if pk in place:
            members[mention_key(subgroup, source)].append(place[pk])
    return {name: sorted(places) for name, places in sorted(members.items())}


def _texts(ids: list[int]) -> list[tuple[int, str]]:
    """In parts: a query may name a limited number of values."""
    parts = (ids[start : start + 500] for start in range(0, len(ids), 500))
    return [row for part in parts for row in Comment.objects.filter(pk__in=part).values_list("pk", "text")]


def calibration_texts(project: Project) -> list[str]:
    """Comments of train in the order of their hash: what the version was trained on says which numbers its layers meet."""
    from modeling.ml.engines import CALIBRATION_TEXTS

    train = Comment.objects.of(project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk")
    return list(train.values_list("text", flat=True)[:CALIBRATION_TEXTS])
