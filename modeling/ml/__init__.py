"""The classifier: torch, transformers, spaCy. No Django. Loaded in the worker and the model server only, never in the web process."""
