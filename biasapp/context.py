"""What every template may use."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from modeling.access import RANKS
from modeling.models import Membership, Role

THEMES = frozenset({"light", "dark"})

# (label, URL name, the lowest role that may follow it)
SECTIONS = (
    (gettext_lazy("Annotate"), "feedback:annotate-next", Role.ANNOTATOR),
    (gettext_lazy("My work"), "feedback:my-work", Role.ANNOTATOR),
    (gettext_lazy("What if"), "modeling:what-if", Role.ANNOTATOR),
    (gettext_lazy("Rounds"), "feedback:round-list", Role.LEAD),
    (gettext_lazy("Data"), "modeling:dataset-list", Role.LEAD),
    (gettext_lazy("Cycles"), "modeling:cycle-list", Role.LEAD),
    (gettext_lazy("Versions"), "modeling:version-list", Role.LEAD),
    (gettext_lazy("Dashboard"), "modeling:dashboard", Role.LEAD),
    (gettext_lazy("Export"), "feedback:export", Role.ADMIN),
)

DASHBOARDS = frozenset({"trends", "social-dynamics", "social-dynamics-comments", "report-list", "project-paper", "over-time"})
"""Pages that belong to the dashboard, though their addresses do not begin with its own."""

ANNOTATING = frozenset({"annotate", "annotate-next", "consent", "submit", "skip", "undo"})


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Navigation:
    """`current` is the membership of the project in the address, or of the only project there is."""

    memberships: list[Membership]
    current: Membership | None
    links: list[Link]


def site(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "demonstration": settings.DEMO,
        "theme": theme if theme in THEMES else "",
        # Lazy: a fragment that shows no navigation asks the database nothing.
        "navigation": SimpleLazyObject(lambda: navigation_of(request)),
    }


def navigation_of(request: HttpRequest) -> Navigation:
    memberships = list(Membership.objects.filter(user_id=request.user.pk).select_related("project").order_by("project__name"))
    match = request.resolver_match
    slug = match.kwargs.get("slug") if match else None
    only = memberships[0] if len(memberships) == 1 else None
    current = next((membership for membership in memberships if membership.project.slug == slug), only)
    return Navigation(memberships, current, _links(request, current) if current else [])


def _links(request: HttpRequest, membership: Membership) -> list[Link]:
    links = []
    here = request.resolver_match.url_name if request.resolver_match else None
    # The annotator's page lies below its round's address, but it is no page about rounds.
    is_annotating = here in ANNOTATING
    for label, name, at_least in SECTIONS:
        if RANKS[membership.role] >= RANKS[at_least]:
            url = reverse(name, kwargs={"slug": membership.project.slug})
            is_current = is_annotating if name == "feedback:annotate-next" else request.path.startswith(url) and not is_annotating
            is_current = name == "modeling:dashboard" if here in DASHBOARDS else is_current
            links.append(Link(label, url, is_current))
    return links
