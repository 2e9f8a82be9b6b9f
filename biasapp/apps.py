from django.apps import AppConfig


class BiasappConfig(AppConfig):
    name = "biasapp"

    def ready(self) -> None:
        from biasapp.task_in_hand import tell_of_tasks

        tell_of_tasks()
