from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from feedback.veil import hides, hides_scores
        from modeling.access import score_veils, veils

        veils.append(hides)
        score_veils.append(hides_scores)
