"""Endpoints for rounds, answers and their export. Each asks `feedback.access` for the project and calls one pipeline function."""
