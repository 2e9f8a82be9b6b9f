"""Endpoints for data sets, cycles, versions, measures and scores. Each asks `modeling.access` for the project and calls one pipeline function."""
