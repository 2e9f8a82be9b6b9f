"""Measures, intervals and the gate over plain arrays. No Django, no torch."""
