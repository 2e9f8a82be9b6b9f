"""Fixtures for all tests. People and small worlds are made by `tests/factories.py`."""
