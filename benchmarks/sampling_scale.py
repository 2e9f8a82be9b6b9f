"""How long one draw from a pool of so many comments takes, and what memory: `python -m benchmarks.sampling_scale ROWS`, called by `sampling`.

In an installation of its own (BIASAPP_VAR): comments of made-up words, a tenth of them near-duplicates of another one, with predictions,
mentions and signals as scoring leaves them. Prints one line of JSON; memory is the peak of the process over what it was before the draw.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

import django
import numpy as np

if TYPE_CHECKING:
    from modeling.models import ModelVersion

PART = 5_000
WORDS_OF_A_COMMENT = 28
PLACE_AXES = 48
ITEMS = 500


def main() -> None:
    rows = int(sys.argv[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    from django.core.management import call_command

    from feedback.pipeline.plan_rounds import make_sampling_plan
    from feedback.pipeline.sample import open_round
    from modeling.models import ModelVersion

    call_command("migrate", verbosity=0)
    version = ModelVersion.objects.select_related("project").first() or fill(rows)
    before = peak_mib()
    seconds = {}
    for step, make in (
        ("draw", lambda: open_round(project=version.project, name="scale", item_count=ITEMS, overlap=2)),
        ("plan", lambda: make_sampling_plan(project=version.project)),
    ):
        started = time.process_time()
        make()
        seconds[step] = time.process_time() - started
    print(json.dumps({"draw_cpu_seconds": seconds["draw"], "plan_cpu_seconds": seconds["plan"], "added_mib": peak_mib() - before}))


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(rows: int) -> "ModelVersion":
    """In one transaction: a run that was killed leaves nothing half filled."""
    from django.db import transaction

    from modeling.models import Dataset, ModelVersion, Project

    with transaction.atomic():
        project = Project.objects.create(name="Scale", slug="scale")
        dataset = Dataset.objects.create(project=project, name="made up", state="done", made_up=True)
        version = ModelVersion.objects.create(project=project, number=1, lane="full", directory="scale/1", threshold=0.5)
        Project.objects.filter(pk=project.pk).update(champion=version)
        rng = np.random.default_rng(0)
        for start, texts in parts(rows, rng):
            add(dataset.pk, version, start, texts, rng)
    version.refresh_from_db()
    return version


def parts(rows: int, rng: np.random.Generator) -> Iterator[tuple[int, list[str]]]:
    syllables = (("br", "st", "pl", "m", "gr", "v"), ("a", "e", "io", "u"), ("nd", "ling", "rt", "som", "ck"))
    words = np.array(["".join(word) for word in product(*syllables)])
    for start in range(0, rows, PART):
        texts = [" ".join(row) for row in words[rng.integers(len(words), size=(min(PART, rows - start), WORDS_OF_A_COMMENT))]]
        for row in range(0, len(texts) - 1, 10):
            texts[row + 1] = texts[row] + " !!"
        yield start, texts


def add(dataset_id: int, version: "ModelVersion", start: int, texts: list[str], rng: np.random.Generator) -> None:
    from modeling.models import Comment, Prediction, PredictionSignal, SubgroupMention

    comments = Comment.objects.bulk_create(
        Comment(dataset_id=dataset_id, external_id=str(start + i), text=text, text_hash=sha256(text.encode()).hexdigest(), split="pool")
        for i, text in enumerate(texts)
    )
    p = rng.dirichlet([4, 1, 1], len(texts))
    predictions = Prediction.objects.bulk_create(prediction_of(version, comment, row) for comment, row in zip(comments, p.tolist(), strict=True))
    places = rng.integers(-127, 128, (len(texts), PLACE_AXES)).astype(np.int8)
    flips = [float(value) if i % 5 == 0 else None for i, value in enumerate(rng.random(len(texts)))]
    rows = zip(predictions, rng.exponential(0.01, len(texts)).tolist(), flips, places, strict=True)
    PredictionSignal.objects.bulk_create(
        PredictionSignal(prediction=one, disagreement=apart, flips=flip, place=place.tobytes()) for one, apart, flip, place in rows
    )
    mentioning = comments[::10] + comments[1::10]
    SubgroupMention.objects.bulk_create(SubgroupMention(comment=comment, subgroup="muslim", value=1, source="column") for comment in mentioning)


def prediction_of(version: "ModelVersion", comment: object, p: list[float]) -> object:
    from modeling.labels import predicted_level, toxicity_score
    from modeling.models import Prediction

    score = toxicity_score(p[1], p[2])
    values = {"p_low": p[0], "p_mild": p[1], "p_high": p[2], "predicted_label": predicted_level(p), "score": score, "flagged": score >= 0.5}
    return Prediction(version=version, comment=comment, **values)


if __name__ == "__main__":
    main()
