"""Signs by which sampling looks for bias, computed with each scoring of the pool: what needs the encoder, so that the web process does not."""

from django.db import models

from modeling.models.versions import Prediction


class PredictionSignal(models.Model):
    prediction = models.OneToOneField(Prediction, primary_key=True, on_delete=models.CASCADE, related_name="signal")
    disagreement = models.FloatField(help_text="Of heads solved on resamples of train, in nats: entropy of their mean minus their mean entropy.")
    flips = models.FloatField(null=True, blank=True, help_text="Chance that the level falls under an identity swap; null where nothing can be.")
    place = models.BinaryField(help_text="Direction in the version's embedding: principal axes of train, int8.")

    def __str__(self) -> str:
        return f"signals of prediction {self.prediction_id}"
