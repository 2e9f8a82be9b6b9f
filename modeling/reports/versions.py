"""Model versions: what each was made of, and when each was in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modeling.models import ModelVersion, Project, VersionChange

ARM_TEXTS: dict[str, str] = {
    "initial": "trained without feedback",
    "real": "candidate: what people said",
    "echo": "same items, the champion's own labels",
    "placebo": "people's labels, shuffled",
    "none": "no feedback",
}

HEAVY_OF_VERSIONS = ("version__loss_steps", "version__manifest", "previous__loss_steps", "previous__manifest")
HEAVY = (*HEAVY_OF_VERSIONS, "cycle__live_losses")
"""What a change's versions and cycle logged and state: no list of changes reads it."""


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    is_champion: bool
    arm_text: str
    prediction_count: int
    facts: tuple[tuple[str, str], ...]
    """What its manifest states, as (name, value)."""


def version_rows(*, project: Project, versions: Sequence[ModelVersion]) -> list[VersionRow]:
    """One page of versions; no query of its own."""
    return [
        VersionRow(
            version=version,
            is_champion=version.pk == project.champion_id,
            arm_text=ARM_TEXTS.get(version.arm, version.arm),
            prediction_count=version.scored_count or 0,
            facts=manifest_facts(version.manifest),
        )
        for version in versions
    ]


def manifest_facts(manifest: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The manifest flattened for reading, in a fixed order; what it does not state is left out, never guessed."""
    data, config = manifest.get("data", {}), manifest.get("config", {})
    named = {
        "encoder": manifest.get("encoder"),
        "seed": manifest.get("seed"),
        "data sets": ", ".join(data.get("datasets", ())),
        "train comments": data.get("comments"),
        "feedback labels": data.get("feedback"),
        "data SHA-256": data.get("sha256"),
        "weights SHA-256": manifest.get("weights_sha256"),
        "base version": f"v{manifest['base']}" if manifest.get("base") else None,
        **{name.replace("_", " "): value for name, value in config.items() if name.endswith("_weight") or name in ("epochs", "learning_rate")},
        **engine_facts(manifest.get("engine", {})),
        **manifest.get("libraries", {}),
    }
    return tuple((name, str(value)) for name, value in named.items() if value not in (None, ""))


def engine_facts(engine: dict[str, Any]) -> dict[str, str | None]:
    """What serves the version, and how far the levels of each engine that was tried are those of fp32."""
    facts = {"engine": engine.get("engine")}
    for tried in engine.get("tried", ()):
        name = f"{tried['engine']}, levels equal to fp32"
        if shown := tried.get("overall"):
            verdict = "accepted" if tried["accepted"] else f"refused for {', '.join(tried['refused_for'])}"
            facts[name] = f"{shown['equal']:.2%} of {shown['n']:,} ({shown['low']:.2%} to {shown['high']:.2%}): {verdict}"
        else:
            facts[name] = ", ".join(tried["refused_for"])
    return facts


def champion_history(project: Project, most: int = 20) -> list[VersionChange]:
    """The newest changes of the version in use."""
    return list(project.version_changes.select_related("version", "previous", "cycle", "by").defer(*HEAVY)[:most])


def earlier_version(project: Project) -> ModelVersion | None:
    """The version that a roll-back would bring back, or None."""
    brought = project.version_changes.filter(version=project.champion).exclude(kind=VersionChange.Kind.ROLLED_BACK)
    change = brought.select_related("previous").defer("previous__loss_steps", "previous__manifest").first()
    return change.previous if change else None
