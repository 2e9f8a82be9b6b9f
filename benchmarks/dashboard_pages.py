"""Which pages `dashboard_speed` asks for: every page by which leads follow a project, plain and with the filters that cost most."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from benchmarks.dashboard_world import World


def addresses(world: "World") -> dict[str, str]:
    """By what the page is called in the results."""
    first, newest = world.months[0], world.months[-1]
    middle, last = world.versions[len(world.versions) // 2].number, world.versions[-1].number
    return {
        **_dashboard(world, first, newest, middle, last),
        **_dynamics(world, newest, last),
        **_people(world, first, newest),
        "trends": _of(world, "modeling:trends"),
        "trends of one version": _of(world, "modeling:trends", version=middle),
        **_reports(world),
        "project": _of(world, "modeling:project-detail"),
        "projects": _at("modeling:project-list"),
        "home": _at("home"),
        "paper": _at("modeling:paper"),
        "paper with own tables": _of(world, "modeling:project-paper"),
        "versions": _of(world, "modeling:version-list"),
        "data sets": _of(world, "modeling:dataset-list"),
        "cycles": _of(world, "modeling:cycle-list"),
        "cycle": _at("modeling:cycle-detail", world.project.slug, world.project.cycles.count()),
    }


def _dashboard(world: "World", first: str, newest: str, middle: int, last: int) -> dict[str, str]:
    curves, compare, losses = (f"modeling:dashboard-{name}" for name in ("curves", "compare", "losses"))
    return {
        "dashboard": _of(world, "modeling:dashboard"),
        "dashboard of one version": _of(world, "modeling:dashboard", version=middle, measure="worst_fpr", split="test"),
        "dashboard of some months": _of(world, "modeling:dashboard", first=first, last=newest, split="audit"),
        "dashboard as CSV": _of(world, "modeling:dashboard", csv="subgroups"),
        "curves": _of(world, curves),
        "curves of two versions": _of(world, curves, version=last, against=middle, split="audit", of=newest),
        "curves of a subgroup": _of(world, curves, of="male"),
        "compare": _of(world, compare),
        "compare on a subgroup": _of(world, compare, a=middle, b=last, split="gate", subgroup="male"),
        "losses": _of(world, losses),
        "losses of one version": _of(world, losses, version=middle),
    }


def _dynamics(world: "World", newest: str, last: int) -> dict[str, str]:
    page, comments, thread = "modeling:social-dynamics", "modeling:social-dynamics-comments", f"{world.datasets[-1].pk}:{len(world.months) - 1}-0"
    return {
        "social dynamics": _of(world, page),
        "social dynamics of a subgroup": _of(world, page, subject="male", engine="attention", version=last),
        "comments of a subgroup": _of(world, comments, version=last, subject="male"),
        "comments of a month": _of(world, comments, version=last, cut="month", place=newest),
        "comments of a thread": _of(world, comments, version=last, cut="thread", place=thread),
        "comments that name the commonest": _of(world, comments, version=last, first="asian"),
        "comments that name the rarest": _of(world, comments, version=last, first="other_disability"),
        "comments that name two": _of(world, comments, version=last, first="asian", second="black"),
    }


def _people(world: "World", first: str, newest: str) -> dict[str, str]:
    page, panel = "feedback:over-time", world.project.panels.order_by("pk")[0].pk
    return {
        "over time": _of(world, page),
        "over time by round": _of(world, page, by="round", what="confirmed"),
        "over time of a panel": _of(world, page, panel=panel, first=first, last=newest, question="biased"),
        "over time as CSV": _at("feedback:over-time-table", world.project.slug, "bias"),
        "rounds": _of(world, "feedback:round-list"),
        "rounds that are closed": _of(world, "feedback:round-list", state="closed"),
    }


def _reports(world: "World") -> dict[str, str]:
    newest: Any = world.project.monthly_reports.first()
    return {
        "reports": _of(world, "modeling:report-list"),
        "report": _at("modeling:report-view", world.project.slug, newest.pk),
        "report as JSON": _at("modeling:report-file", world.project.slug, newest.pk, "json"),
    }


def _of(world: "World", name: str, **chosen: object) -> str:
    return f"{_at(name, world.project.slug)}{'?' if chosen else ''}{urlencode(chosen)}"


def _at(name: str, *arguments: object) -> str:
    from django.urls import reverse

    return reverse(name, args=arguments)
