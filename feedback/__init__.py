"""Annotators judge predictions here; what they say is handed to `modeling.intake`. Uses modeling's doors only (see tests/test_architecture.py)."""
