"""Builds a small web site, and measures itself: three phases, with pages as items.

    python build.py [PAGES]
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from pathlib import Path

from plimsoll import Tracker

SITE = Path(__file__).with_name("site")
WORDS = "ship line load water hull deck mast sail keel cargo port storm anchor".split()


def discover(count: int) -> list[tuple[str, str]]:
    """Finds the pages: names and texts. Those of the example are made up, the same each time."""
    pages = []
    for number in range(count):
        words = [WORDS[(number * 7 + index * index) % len(WORDS)] for index in range(400)]
        lines = [" ".join(words[start : start + 40]) for start in range(0, len(words), 40)]
        pages.append((f"page-{number}", f"# Page {number}\n\n" + "\n\n".join(lines)))
    return pages


def render(name: str, text: str) -> str:
    """One page as HTML."""
    blocks = []
    for block in text.split("\n\n"):
        if block.startswith("# "):
            blocks.append(f"<h1>{html.escape(block[2:])}</h1>")
        else:
            blocks.append(f"<p>{re.sub(r'keel', '<em>keel</em>', html.escape(block))}</p>")
    return f"<!doctype html><title>{name}</title>\n" + "\n".join(blocks)


def post_process(rendered: dict[str, str]) -> int:
    """Writes the pages, without what they do not need. How many bytes that were."""
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir()
    size = 0
    for name, page in rendered.items():
        size += (SITE / f"{name}.html").write_text(re.sub(r">\s+<", "><", page))
    return size


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with Tracker("build") as tracker:
        tracker.declare("size", "bytes", "lower")
        with tracker.phase("discovery") as phase:
            pages = discover(count)
            phase.items(len(pages), "pages")
        with tracker.phase("rendering") as phase:
            rendered = {name: render(name, text) for name, text in pages}
            phase.items(len(rendered), "pages")
        with tracker.phase("post-processing") as phase:
            tracker.record("size", post_process(rendered))
            phase.items(len(rendered), "pages")
        tracker.items(len(pages), "pages")
    print(tracker.summary_line())


if __name__ == "__main__":
    main()
