"""A lead says which answers of an open round are known beforehand, by a file."""

import io

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from feedback.access import round_for
from feedback.errors import FeedbackError
from feedback.known_answers import read_known_answers
from feedback.pipeline.plan_joining import set_known_answers
from modeling.models import Role

LARGEST = 2_000_000


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_known_answers(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    if request.method != "POST":
        is_known = ~Q(gold_label="")
        counts = found.items.aggregate(drawn=Count("pk", filter=is_known & Q(is_drawn=True)), only=Count("pk", filter=is_known & Q(is_drawn=False)))
        return render(request, "feedback/round_known_answers.html", {"round": found, "project": found.project, **counts})
    sent = request.FILES.get("file")
    if sent is None or sent.size is None or sent.size > LARGEST:
        messages.error(request, _("Choose a CSV file of at most 2 MB."))
    else:
        try:
            count = set_known_answers(
                round=found, levels=read_known_answers(found, io.TextIOWrapper(sent.file, "utf-8-sig", newline="")), by=request.user
            )  # type: ignore[arg-type]  # signed in: login_required
        except FeedbackError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("{count} answers are set. Annotators do not see them.").format(count=count))
    return redirect("feedback:round-known-answers", slug, number)
