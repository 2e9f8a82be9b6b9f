"""Practice comments: somebody's attempts before they are let into a round, and the lead's page of comments and people."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from feedback.access import round_for, table_for
from feedback.care import participation_of
from feedback.errors import QualificationError
from feedback.markdown import render as render_markdown
from feedback.models import AnnotationRound, Participation, QualificationItem
from feedback.pipeline.guidelines import mark_read
from feedback.pipeline.qualification import answer_question, give_attempt, let_in, standing_of, standings_of, start_attempt
from modeling.labels import Level, LevelKind
from modeling.models import Role
from modeling.reports import LEVEL_NAMES

PEOPLE_SHOWN = 50


class QualificationForm(forms.ModelForm):
    """Of a round: how many, how well, how often."""

    qualification_items = forms.IntegerField(min_value=0, max_value=50, label=gettext_lazy("Practice comments"), help_text=gettext_lazy("0: none."))
    pass_mark = forms.IntegerField(min_value=1, max_value=100, label=gettext_lazy("To be judged rightly, in %"))
    qualification_attempts = forms.IntegerField(min_value=1, max_value=20, label=gettext_lazy("Tries"))

    class Meta:
        model = AnnotationRound
        fields = ("qualification_items", "qualification_attempts")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pass_mark"].initial = round(100 * self.instance.pass_mark)

    def keep(self) -> None:
        names = ("qualification_items", "qualification_attempts")
        settings = {name: self.cleaned_data[name] for name in names}
        AnnotationRound.objects.filter(pk=self.instance.pk).update(**settings, pass_mark=self.cleaned_data["pass_mark"] / 100)


class PracticeForm(forms.ModelForm):
    class Meta:
        model = QualificationItem
        fields = ("text", "level_kind", "gold_label", "why")
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "why": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "text": gettext_lazy("Comment"),
            "level_kind": gettext_lazy("What is judged"),
            "gold_label": gettext_lazy("Right level"),
            "why": gettext_lazy("Why"),
        }
        help_texts = {
            "why": gettext_lazy("Shown right after the answer."),
            "gold_label": gettext_lazy("For sentiment: low is negative, high is positive."),
        }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def qualify(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """POST starts an attempt, or answers its next question: the page then tells the right level and why, before it asks on."""
    found, annotator = table_for(request.user, slug, number)
    if not annotator.has_consented:
        return redirect("feedback:annotate", slug, number)
    part = participation_of(found, annotator)
    if request.method == "POST":
        return _step(request, found, part)
    standing = standing_of(found, part)
    if not found.qualification_items or (standing.passed_at and not standing.told):
        return redirect("feedback:annotate", slug, number)
    if not standing.question:
        # The guidelines stand on the page between attempts.
        mark_read(participation=part, version=found.guidelines_version)
    context = {"round": found, "project": found.project, "standing": standing, "levels": _levels(standing.question and standing.question.item)}
    context |= {"guidelines": render_markdown(found.guidelines), "wanted": found.pass_mark}
    return render(request, "feedback/qualify.html", context)


def _step(request: HttpRequest, found: AnnotationRound, part: Participation) -> HttpResponse:
    asked = _pk(request, "answer")
    try:
        if asked is not None:
            answer_question(round=found, part=part, answer_id=asked, label=request.POST.get("label", ""))
        else:
            start_attempt(round=found, part=part)
    except QualificationError as error:
        messages.error(request, str(error))
    return redirect("feedback:qualify", found.project.slug, found.number)


def _levels(item: QualificationItem | None) -> list[tuple[str, str]]:
    names = LEVEL_NAMES[LevelKind(item.level_kind if item else LevelKind.TOXICITY)]
    return [(level.value, names[level]) for level in Level]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def qualification(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The lead's page. POST keeps the round's settings (`settings`) or adds a practice comment."""
    found = round_for(request.user, slug, number, Role.LEAD)
    is_settings = "settings" in request.POST
    is_practice = request.method == "POST" and not is_settings
    settings = QualificationForm(request.POST if is_settings else None, instance=found)
    practice = PracticeForm(request.POST if is_practice else None)
    if is_settings and settings.is_valid():
        settings.keep()
        return _kept(request, found)
    if is_practice and practice.is_valid():
        practice.instance.project = found.project
        practice.save()
        return _kept(request, found)
    parts = found.participations.select_related("annotator__user", "annotator__panel", "let_in_by").order_by("pk")
    page = Paginator(parts, PEOPLE_SHOWN).get_page(request.GET.get("page"))
    people = list(zip(page, standings_of(found, list(page)), strict=True)) if found.qualification_items else []
    items = QualificationItem.objects.filter(project=found.project, is_active=True)
    context = {"round": found, "project": found.project, "settings": settings, "practice": practice, "people": people, "page": page, "items": items}
    return render(request, "feedback/qualification.html", context, status=422 if settings.errors or practice.errors else 200)


@login_required
@require_POST
def qualification_decide(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Let a person in, give them another try, or take a practice comment out of use."""
    found = round_for(request.user, slug, number, Role.LEAD)
    chosen = _pk(request, "item" if "item" in request.POST else "person")
    if chosen is None:
        messages.error(request, _("Nobody and nothing was chosen, so nothing has changed."))
        return redirect("feedback:qualification", slug, number)
    if "item" in request.POST:
        QualificationItem.objects.filter(project=found.project, pk=chosen).update(is_active=False)
        return _kept(request, found)
    part = get_object_or_404(Participation.objects.select_related("round__project"), round=found, pk=chosen)
    if "let_in" in request.POST:
        let_in(part=part, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    else:
        give_attempt(round=found, part=part)
    return _kept(request, found)


def _pk(request: HttpRequest, name: str) -> int | None:
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) <= 18 else None


def _kept(request: HttpRequest, found: AnnotationRound) -> HttpResponse:
    messages.success(request, _("Kept."))
    return redirect("feedback:qualification", found.project.slug, found.number)
