"""Three questions on what the shading and the bars mean, with the right answers at once."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from feedback.access import table_for
from feedback.comprehension import put_off, questions_for, record_check


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def comprehension(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    annotation_round, annotator = table_for(request.user, slug, number)
    context = {"round": annotation_round, "project": annotation_round.project}
    if request.method != "POST":
        return render(request, "feedback/comprehension.html", {**context, "questions": questions_for(annotator)})
    if "later" in request.POST:
        put_off(annotator)
        return redirect("feedback:annotate", slug=slug, number=number)
    told = record_check(round=annotation_round, annotator=annotator, chosen=dict(request.POST.items()))
    told = [(question, question.choices[choice], choice == question.right, question.choices[question.right]) for question, choice in told]
    return render(request, "feedback/comprehension.html", {**context, "told": told, "questions": [] if told else questions_for(annotator)})
