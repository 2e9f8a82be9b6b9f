"""The classifier: torch, transformers, spaCy. No Django. Loaded in the worker and the model server only, never in the web process."""

import os

# Before torch is imported anywhere: its OpenMP threads otherwise spin while they wait for each other, and beside a web server or a
# second process on the same cores a training then takes four times as long. What is computed stays the same, bit for bit.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
