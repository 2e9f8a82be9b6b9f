"""Small worlds for tests: each function makes one thing and what it cannot stand without."""

import hashlib
from itertools import count

from django.contrib.auth.models import User

from modeling.intake import IntakeRow
from modeling.labels import Arm, Lane, Split, level_of, predicted_level, toxicity_score
from modeling.models import (
    Comment,
    Dataset,
    Membership,
    ModelVersion,
    Prediction,
    Project,
    RetrainingCycle,
    Role,
    SubgroupMention,
    VersionChange,
    WorkState,
)

numbers = count(1)


def make_project(name: str = "Threads") -> Project:
    return Project.objects.create(name=name, slug=f"{name.lower()}-{next(numbers)}")


def make_member(project: Project, role: str = Role.LEAD) -> User:
    user = User.objects.create_user(f"{role}-{next(numbers)}", password="a long enough one")
    Membership.objects.create(project=project, user=user, role=role)
    return user


def make_dataset(project: Project, **fields) -> Dataset:
    defaults = {"name": f"comments {next(numbers)}", "state": WorkState.DONE, "mention_source": "column"}
    return Dataset.objects.create(project=project, **{**defaults, **fields})


def make_comment(dataset: Dataset, text: str = "", split: str = Split.POOL, target: float | None = 0.0, **fields) -> Comment:
    mentions = fields.pop("mentions", [])
    number = next(numbers)
    # Different enough not to be near-duplicates of each other.
    text = text or f"An ordinary comment {hashlib.sha256(str(number).encode()).hexdigest()[:48]}."
    comment = Comment.objects.create(
        dataset=dataset,
        external_id=str(number),
        text=text,
        split=split,
        target=target,
        level="" if target is None else level_of(target),
        **{"annotator_count": 10, "text_hash": hashlib.sha256(text.encode()).hexdigest(), **fields},
    )
    for subgroup in mentions:
        SubgroupMention.objects.create(comment=comment, subgroup=subgroup, value=1, source="column")
    return comment


def make_version(project: Project, *, champion: bool = False, **fields) -> ModelVersion:
    number = project.versions.count() + 1
    defaults = {"lane": Lane.FULL, "arm": Arm.INITIAL, "directory": f"{project.slug}/v{number}", "threshold": 0.5}
    manifest = {"weights_sha256": hashlib.sha256(str(next(numbers)).encode()).hexdigest()}
    version = ModelVersion.objects.create(project=project, number=number, manifest=manifest, **{**defaults, **fields})
    if champion:
        brought_into_use(project, version, VersionChange.Kind.INSTALLED)
    return version


def brought_into_use(project: Project, version: ModelVersion, kind: str = VersionChange.Kind.PROMOTED) -> VersionChange:
    previous, project.champion = project.champion, version
    project.save()
    return VersionChange.objects.create(project=project, version=version, previous=previous, kind=kind)


def make_prediction(version: ModelVersion, comment: Comment, p: tuple[float, float, float] = (0.8, 0.1, 0.1)) -> Prediction:
    score = toxicity_score(p[1], p[2])
    return Prediction.objects.create(
        version=version,
        comment=comment,
        p_low=p[0],
        p_mild=p[1],
        p_high=p[2],
        predicted_label=predicted_level(p),
        score=score,
        flagged=score >= version.threshold,
    )


def make_intake_row(comment: Comment, version: ModelVersion, **fields) -> IntakeRow:
    defaults = {"q": (0.9, 0.1, 0.0), "weight": 1.0, "confidence": 0.9, "incorrect_rate": 0.5, "annotation_count": 2}
    return IntakeRow(comment_id=comment.pk, version_id=version.pk, **{**defaults, **fields})


def make_cycle(project: Project, state: str = RetrainingCycle.State.REQUESTED, **fields) -> RetrainingCycle:
    champion = fields.pop("champion", None) or project.champion or make_version(project, champion=True)
    number = project.cycles.count() + 1
    return RetrainingCycle.objects.create(project=project, number=number, state=state, champion=champion, base=champion, **fields)
