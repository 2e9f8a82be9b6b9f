"""What stands in a person's row about how they are doing in a round, read for their page."""

from feedback.exposure import Care, exposure_of, is_milder, soonest
from feedback.models import AnnotationRound, Annotator, Participation, Preferences


def participation_of(round: AnnotationRound, annotator: Annotator) -> Participation:
    part, _ = Participation.objects.get_or_create(round=round, annotator=annotator)
    part.round, part.annotator = round, annotator  # which are at hand already: nobody need ask for them again
    return part


def care_of(round: AnnotationRound, part: Participation, annotator: Annotator) -> Care:
    own = Preferences.objects.filter(user=annotator.user_id).first() or Preferences()
    exposure = exposure_of(
        points=part.exposure,
        started=part.session_started_at,
        last=part.last_answered_at,
        budget=round.exposure_budget,
        minutes=soonest(round.break_minutes, own.break_minutes),
    )
    return Care(exposure, _news(round, part), is_milder(part.milder_until), own.is_veiled)


def _news(round: AnnotationRound, part: Participation) -> str:
    if part.guidelines_read >= round.guidelines_version:
        return ""
    return "changed" if part.guidelines_read else "new"
