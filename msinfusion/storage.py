import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

SHEET = "css/site.css"
IMPORT = re.compile(r'@import "([\w-]+\.css)";')
FOR_AUTHORS = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)


class OneSheetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Static files under names of their content, compressed. What site.css imports is put into it, so that the look of a
    page is one request and not one for each part; comments and indents stay behind, which are a quarter of the bytes."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if SHEET in paths and not dry_run:
            source, path = paths[SHEET]

            def read(name: str) -> str:
                with source.open(name) as file:
                    return str(file.read().decode())

            text = FOR_AUTHORS.sub("", IMPORT.sub(lambda found: read(f"css/{found[1]}"), read(path)))
            self.delete(SHEET)
            self._save(SHEET, ContentFile(text))
            paths[SHEET] = (self, SHEET)
        yield from super().post_process(paths, dry_run, **options)
