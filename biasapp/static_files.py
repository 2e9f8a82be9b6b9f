"""Static files as they are served: under names that hold a hash of their content, so that browsers may keep them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Our own scripts import each other: there too the name with the hash stands, since a file is kept under no other. Django would do it for
    all scripts (`support_js_module_import_aggregation`) and fails at those of packages, which name what they do not bring."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
