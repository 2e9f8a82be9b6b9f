"""Whether people read the shading and the bars as they are meant."""

from django.db import models

from feedback.models.people import Annotator
from feedback.models.rounds import AnnotationRound


class ComprehensionAnswer(models.Model):
    """What a person chose at one question of a check. `question` and `chosen` are names in `feedback.comprehension`."""

    annotator = models.ForeignKey(Annotator, on_delete=models.CASCADE, related_name="comprehension_answers")
    round = models.ForeignKey(AnnotationRound, on_delete=models.CASCADE, related_name="comprehension_answers")
    question = models.CharField(max_length=40)
    chosen = models.CharField(max_length=40)
    is_right = models.BooleanField()
    answered_before = models.PositiveIntegerField(help_text="How many items they had answered in the project by then.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["annotator", "question", "answered_before"], name="one_answer_per_question_and_check")]

    def __str__(self) -> str:
        return f"{self.question}: {self.chosen}"
