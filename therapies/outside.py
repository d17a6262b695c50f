"""Public pages as files, which nginx or a CDN serves without asking the site: the very bytes that it answers, and their
compressed forms."""

import hashlib
import os
import re
import shutil
from pathlib import Path

from django.http import HttpRequest
from django.urls import resolve

from therapies.library import Page, library
from therapies.views import public_pages

SUFFIXES = {"": "", "br": ".br", "gzip": ".gz"}  # by content encoding


def write(link: Path) -> None:
    """Make this a link to a folder that holds all public pages of now and nothing else, `guide/` as `guide/index.html`. The
    link changes at once; folders that it showed before are deleted, and no others. While nothing is in force there is no
    link."""
    pages = _pages()
    name = hashlib.sha256("".join(f"{path} {page.etag} " for path, page in pages.items()).encode()).hexdigest()[:20]
    folder = link.with_name(f"{link.name}-{name}")
    if not pages:
        link.unlink(missing_ok=True)
    elif not link.is_symlink() or link.readlink() != Path(folder.name):
        _fill(folder, pages)
        new = link.with_name(f"{link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(folder.name)
        new.replace(link)
    ours = re.compile(re.escape(link.name) + "-[0-9a-f]{20}")
    for old in link.parent.iterdir():
        if ours.fullmatch(old.name) and old != folder:
            shutil.rmtree(old)


def _pages() -> dict[str, Page]:
    """Pages by their path, all of one state of the library."""
    while True:
        current = library()
        for path in public_pages(current):
            request = HttpRequest()
            request.method, request.path, request.path_info = "GET", path, path
            view, args, kwargs = resolve(path)
            view(request, *args, **kwargs)
        if library() is current:
            return {path: page for path, page in current.pages.items() if path.endswith("/")}


def _fill(folder: Path, pages: dict[str, Page]) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # half-done, by one that was killed
    for path, page in pages.items():
        place = folder / path.strip("/")
        place.mkdir(parents=True, exist_ok=True)
        # nginx makes the ETag from time and size: a time of the content's own gives the same one on every server.
        when = int(page.etag[:7], 16)
        for encoding, suffix in SUFFIXES.items():
            file = place / f"index.html{suffix}"
            file.write_bytes(page.bodies[encoding])
            os.utime(file, (when, when))
