from django.apps import AppConfig


class BiasappConfig(AppConfig):
    name = "biasapp"
