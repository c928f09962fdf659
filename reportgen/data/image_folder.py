"""A folder of images with one folder for each class, read through Pillow.

train/cat/1.png  train/dog/1.png  test/cat/2.png  …    training and test images
cat/1.png  cat/2.png  dog/1.png  …                     a part is split off for testing
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.config.schema import Data
from reportgen.data.arrays import DataArrays
from reportgen.data.assembly import Examples, assemble
from reportgen.data.labels import check_characters, sort_names
from reportgen.data.source import Source, SourceFile
from reportgen.data.tables import read_bytes
from reportgen.errors import DataDamaged

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""Kinds of files that are read; others in the folder are ignored."""
TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")
"""Names of the folders of the two splits, the likeliest first."""
LAYOUT = "one folder of images for each class, such as train/cat/1.png and test/cat/2.png"


@dataclass(frozen=True)
class ImageFiles:
    """The image files of one split, class by class."""

    folder: Path
    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    """Name of the class folder of each file."""


def find_image_folder(folder: Path, name: str, title: str) -> Source:
    """Return the hashed images in `folder`; raises DataDamaged where its layout is another one."""
    train, test = _find_splits(folder)
    files = [_describe(train, "Training images" if test else "Images", folder)]
    if test:
        files.append(_describe(test, "Test images", folder))
    return Source(name, title, tuple(files), partial(_read, train, test))


def _find_splits(folder: Path) -> tuple[ImageFiles, ImageFiles | None]:
    train, test = (
        next((folder / name for name in names if (folder / name).is_dir()), None)
        for names in (TRAIN, TEST)
    )
    if train is None and test is None:
        return _list_images(folder), None
    if train is None:
        raise DataDamaged(
            f"{folder}: there is a folder {test.name if test else ''}, but no folder train; "
            f"expected {LAYOUT}, or only the class folders"
        )
    found = _list_images(train)
    return found, None if test is None else _list_images(test)


def _list_images(folder: Path) -> ImageFiles:
    # Macs leave .DS_Store in folders and __MACOSX in archives.
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith(("_", "."))]
    stray = next((entry for entry in entries if _is_image(entry)), None)
    if stray is not None:
        raise DataDamaged(f"{stray}: the image is in no class folder; expected {LAYOUT}")
    names = sort_names(entry.name for entry in entries if entry.is_dir())
    if not names:
        raise DataDamaged(f"{folder}: it contains no class folders; expected {LAYOUT}")
    check_characters(names, folder)
    paths, labels = [], []
    for name in names:
        found = _images_below(folder / name)
        if not found:
            raise DataDamaged(
                f"{folder / name}: the class folder contains no image ({', '.join(SUFFIXES)}); put "
                "images there, or remove the folder"
            )
        paths += found
        labels += [name] * len(found)
    return ImageFiles(folder, tuple(paths), tuple(labels))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _images_below(folder: Path) -> list[Path]:
    found = (Path(place, file) for place, _, files in os.walk(folder) for file in files)
    images = (path for path in found if _is_image(path) and not path.name.startswith("."))
    # Paths themselves compare without regard to case on Windows, and the order is in the digest.
    return sorted(images, key=lambda path: path.parts)


def _describe(images: ImageFiles, usage: str, root: Path) -> SourceFile:
    """Return the images of one split as one entry of the report, with one digest for all."""
    hashed, total = sha256(), 0
    for path in images.paths:
        content = read_bytes(path)
        total += len(content)
        # The name of a file need not be UTF-8; those of classes are checked.
        hashed.update(os.fsencode(f"{path.relative_to(images.folder).as_posix()}\n"))
        hashed.update(sha256(content).digest())
    name = images.folder.name if images.folder == root else f"{root.name}/{images.folder.name}"
    usage = f"{usage}, {len(images.paths):,} files"
    return SourceFile(images.folder, f"{name}/", usage, total, hashed.hexdigest())


def _read(train: ImageFiles, test: ImageFiles | None, data: Data) -> DataArrays:
    parts = [part for part in (train, test) if part]
    paths = [path for part in parts for path in part.paths]
    with ThreadPoolExecutor() as threads:
        images = list(threads.map(partial(_open, size=data.size, channels=data.channels), paths))
    channels = ["is grey" if image.ndim == 2 else "is in colour" for image in images]
    _check_alike(
        paths,
        channels,
        "all images must be of one kind; set data.channels = 1 to make them grey, or data.channels "
        "= 3 to keep or give them colour",
    )
    height, width = images[0].shape[:2]
    _check_alike(
        paths,
        [f"has {image.shape[0]} × {image.shape[1]} pixels" for image in images],
        f"all images must have the same size; set data.size = [{height}, {width}], height and "
        "width, to scale them",
    )
    pixels = np.stack(images)
    stacked = pixels[:, None] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)
    count = len(train.paths)
    examples = _examples(train, stacked[:count])
    return assemble(examples, _examples(test, stacked[count:]) if test else None, data)


def _examples(images: ImageFiles, pixels: NDArray[Any]) -> Examples:
    return Examples(
        np.ascontiguousarray(pixels),
        np.array(images.labels, dtype=np.str_),
        lambda index: str(images.paths[index]),
        str(images.folder),
    )


def _open(path: Path, size: Sequence[int] | None, channels: int | None) -> NDArray[np.uint8]:
    """Return one image, `[height, width]` of grey or `[height, width, 3]` of colour.

    Of an animation the first image is taken; transparent pixels become white, and photographs are
    rotated according to their EXIF orientation.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith(("I", "F")):
                raise DataDamaged(
                    f"{path}: its pixels are of mode {image.mode}, but 8 bits per channel are "
                    "needed; convert the image"
                )
            if image.has_transparency_data:
                image = image.convert("RGBA")
                paper = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(paper, image)
            is_grey = opened.mode in ("1", "L", "LA") if channels is None else channels == 1
            image = image.convert("L" if is_grey else "RGB")
            if size is not None:
                height, width = size
                image = image.resize((width, height), Image.Resampling.BILINEAR)
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise DataDamaged(
            f"{path} is not a complete image: {' '.join(str(error).split())}; replace it with a "
            "good copy, or remove it"
        ) from error


def _check_alike(paths: Sequence[Path], traits: Sequence[str], demand: str) -> None:
    """Raise DataDamaged where images differ in a trait, naming the first two that do."""
    other = next((i for i, trait in enumerate(traits) if trait != traits[0]), None)
    if other is not None:
        raise DataDamaged(f"{paths[0]} {traits[0]}, but {paths[other]} {traits[other]}; {demand}")
