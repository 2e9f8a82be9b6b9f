"""Sampling, aggregation and agreement over plain arrays and data frames. No Django."""
