"""Keep the app's screenshots in docs/: what the app's tests drew, smaller, and a page of them.

Usage: python tools/shots.py android/app/target/shots docs/images/app docs/screens.md
       python tools/shots.py --strip docs/images/NAME.png PICTURE ...
"""

import sys
from pathlib import Path

from PIL import Image

IN_README = ("speak-listening", "transcript-ko", "files", "models-several-dark")
SHORT_SIDE = 360
"""Pixels of a picture's shorter side: enough to read the smallest text."""


def shrink(source: Path, target: Path) -> None:
    """Write a picture of `SHORT_SIDE` with few colours; a screen has no more."""
    with Image.open(source) as picture:
        scale = SHORT_SIDE / min(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        few_colours(small, 128).save(target, optimize=True)


def few_colours(picture: Image.Image, most: int) -> Image.Image:
    """Keep rare colours, such as a heading's, and those of large areas exactly."""
    return picture.quantize(most, Image.Quantize.MAXCOVERAGE, kmeans=1)


def page(names: list[str], folder: str) -> str:
    """Return the page: one heading a screen (the name's part before its first dot or hyphen)."""
    lines = [
        "# The app's screens",
        "",
        "Drawn by the tests (Robolectric, Android 15's own drawing code) with the demo's model: "
        "`make shots`.",
    ]
    heading = ""
    for name in names:
        screen = name.split("-")[0]
        if screen != heading:
            heading = screen
            lines += ["", f"## {screen.replace('_', ' ').capitalize()}", ""]
        lines.append(f'<img src="{folder}/{name}.png" alt="{name}" width="240">')
    return "\n".join(lines) + "\n"


def strip(sources: list[Path], target: Path) -> None:
    """Write several screens side by side, as the README shows them."""
    gap = 24
    screens = []
    for source in sources:
        with Image.open(source) as picture:
            scale = SHORT_SIDE / picture.width
            size = (SHORT_SIDE, round(picture.height * scale))
            screens.append(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    width = sum(s.width for s in screens) + gap * (len(screens) + 1)
    sheet = Image.new("RGB", (width, max(s.height for s in screens) + 2 * gap), "#8A8F98")
    left = gap
    for screen in screens:
        sheet.paste(screen, (left, gap))
        left += screen.width + gap
    few_colours(sheet, 192).save(target, optimize=True)


def main(shots: Path, images: Path, markdown: Path) -> None:
    """Replace what stood in `images` and the page."""
    sources = sorted(shots.glob("*.png"))
    if not sources:
        sys.exit(f"{shots} holds no pictures; run `make app-test` first")
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("*.png"):
        old.unlink()
    for source in sources:
        shrink(source, images / source.name)
    strip([shots / f"{name}.png" for name in IN_README], images.with_suffix(".png"))
    folder = images.relative_to(markdown.parent).as_posix()
    markdown.write_text(page([s.stem for s in sources], folder), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "--strip":
        strip([*map(Path, sys.argv[3:])], Path(sys.argv[2]))
    else:
        main(*map(Path, sys.argv[1:4]))
