"""Static files as they are served: under names that hold a hash of their content, so that browsers may keep them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = r'(?P<matched>import (?P<names>\{[^}]*\}|\* as \w+) from "(?P<url>\./[^"]+)";)'


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Our own scripts import each other: there too the name with the hash stands, since a file is kept under no other."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", ((IMPORT, 'import %(names)s from "%(url)s";'),)))
