"""Composition root: settings, URLs, the home page by role. The only package that knows both apps."""
