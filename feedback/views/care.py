"""What keeps people well: breaks, milder comments for a while, stopping without loss, and how they want to work."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from feedback.access import table_for
from feedback.care import care_of, participation_of
from feedback.exposure import BREAK
from feedback.models import Annotation, Preferences
from feedback.pipeline.exposure import MILDER_FOR, end_break, give_back, propose_break, show_milder


class PreferencesForm(forms.ModelForm):
    break_minutes = forms.IntegerField(
        required=False,
        min_value=5,
        max_value=240,
        label=gettext_lazy("Propose a break after, in minutes"),
        help_text=gettext_lazy("Empty: as the round says. The sooner of the two counts."),
    )

    class Meta:
        model = Preferences
        fields = ("is_veiled", "break_minutes")
        labels = {"is_veiled": gettext_lazy("Hide each comment until I ask for it")}
        help_texts = {"is_veiled": gettext_lazy("A button, or the key u, shows it. Nothing of it can be read or heard before.")}


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_break(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """GET proposes it and says how long; POST goes on, whenever they want."""
    found, annotator = table_for(request.user, slug, number)
    part = participation_of(found, annotator)
    if request.method == "POST":
        end_break(part)
        return redirect("feedback:annotate", slug, number)
    # One that they take by themselves is nobody's proposal, and nothing to pass over.
    is_due = care_of(found, part, annotator).exposure.is_due
    since = propose_break(part) if is_due else timezone.now()
    context = {"round": found, "project": found.project, "is_due": is_due, "until": since + BREAK}
    return render(request, "feedback/break.html", {**context, "minutes": int(BREAK.total_seconds() // 60)})


@login_required
@require_POST
def milder(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found, annotator = table_for(request.user, slug, number)
    is_wanted, part = "all" not in request.POST, participation_of(found, annotator)
    end_break(part)
    show_milder(participation=part, is_wanted=is_wanted)
    minutes = int(MILDER_FOR.total_seconds() // 60)
    said = _("For %(minutes)s minutes you get milder comments; others get the rest.") % {"minutes": minutes}
    messages.success(request, said if is_wanted else _("You get all comments again."))
    return redirect("feedback:annotate", slug, number)


@login_required
@require_POST
def stop(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What they hold goes back at once, so that nobody waits for it; what they answered is kept."""
    found, annotator = table_for(request.user, slug, number)
    give_back(annotator=annotator, round_id=found.pk)
    # Known answers too: a count without them would tell which ones they were.
    done = Annotation.of_any_purpose.filter(annotator=annotator, item__round=found).count()
    said = ngettext("Thank you. Your %(done)s answer is kept.", "Thank you. Your %(done)s answers are kept.", done) % {"done": f"{done:,}"}
    messages.success(request, said)
    return redirect("home")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    mine = Preferences.objects.filter(user=request.user).first() or Preferences(user=request.user)
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=mine)
    if form.is_valid():
        form.save()
        messages.success(request, _("Kept. It holds from the next comment on."))
        return redirect("feedback:preferences")
    return render(request, "feedback/preferences.html", {"form": form}, status=422 if form.errors else 200)
