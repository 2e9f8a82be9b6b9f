"""Data, model versions, retraining cycles and measures. Imports nothing from `feedback`: labels are handed in through `intake`."""
