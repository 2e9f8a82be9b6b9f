"""Write the schedules of the queue (again): by name, since django-q2 would take the same one twice."""

from typing import Any

from django.core.management.base import BaseCommand

SCHEDULES = {
    "fail lost runs": ("modeling.tasks.fail_lost", "* * * * *"),
    "free expired leases": ("feedback.tasks.release_expired_leases", "*/5 * * * *"),
    "score what is new": ("modeling.tasks.request_missing_scoring", "*/5 * * * *"),
    "read social dynamics": ("modeling.tasks.request_missing_dynamics", "*/5 * * * *"),
    "seal what is decided": ("modeling.tasks.request_missing_sealing", "* * * * *"),
    "start due cycles": ("modeling.tasks.start_due_cycles", "*/5 * * * *"),
    "make due reports": ("modeling.tasks.request_due_reports", "*/5 * * * *"),
    "resume closings": ("feedback.tasks.resume_closing", "*/5 * * * *"),
    "explain what is shown next": ("feedback.tasks.explain_items", "* * * * *"),
    "resume drawings": ("feedback.tasks.resume_drawing", "*/5 * * * *"),
    "sum up rounds": ("feedback.tasks.summarise_rounds", "*/5 * * * *"),
    "clear expired sessions": ("biasapp.sessions.clear_expired", "17 * * * *"),
}


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        from django_q.models import Schedule

        for name, (function, cron) in SCHEDULES.items():
            # Cron, not minutes or monthly: django-q2's calendar types drift.
            values = {"func": function, "schedule_type": Schedule.CRON, "cron": cron, "repeats": -1, "cluster": "default"}
            Schedule.objects.update_or_create(name=name, defaults=values)
