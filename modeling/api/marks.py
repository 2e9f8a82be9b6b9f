"""What is simulated about a project's figures, on each row that says one: rows are annotated by `simulated_marks`."""

from rest_framework import serializers

MARKS = ["simulated", "dealt_dates"]


class MarkedSerializer(serializers.ModelSerializer):
    """With what is simulated about the project's figures."""

    simulated = serializers.BooleanField(read_only=True, help_text="Scripted annotators gave labels that the project trains on.")
    dealt_dates = serializers.BooleanField(read_only=True, help_text="Dates of some comments were dealt by a seed.")
