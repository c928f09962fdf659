"""The data sets known by name, and the facts that their files are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

SIDE = 28
"""Height and width of every image, in pixels."""


@dataclass(frozen=True)
class FileFacts:
    """What is known of one file before it is read."""

    name: str
    """Of the uncompressed file; the compressed one ends in `.gz`."""
    usage: str
    shape: tuple[int, ...]
    """`[n, height, width]` for images, `[n]` for labels."""
    gzip_md5: str
    """MD5 of the compressed file on the mirrors, from the source of torchvision."""
    sha256: str | None = None
    """Of the uncompressed file, where it is known; then nothing else is checked."""
    support: tuple[int, ...] = ()
    """Examples of each class, for a label file whose SHA-256 is not known."""
    mean: float | None = None
    """Mean pixel in [0, 1], for an image file whose SHA-256 is not known."""


@dataclass(frozen=True)
class DatasetFacts:
    """What is known of a data set before it is read."""

    name: str
    title: str
    folder: str
    """Name of its folder, which is also the name of its class in torchvision.datasets."""
    classes: tuple[str, ...]
    mirrors: tuple[str, ...]
    files: tuple[FileFacts, FileFacts, FileFacts, FileFacts]
    """Training images, training labels, test images, test labels."""


_FILES = (
    ("train-images-idx3-ubyte", "Training images", (60_000, SIDE, SIDE)),
    ("train-labels-idx1-ubyte", "Training labels", (60_000,)),
    ("t10k-images-idx3-ubyte", "Test images", (10_000, SIDE, SIDE)),
    ("t10k-labels-idx1-ubyte", "Test labels", (10_000,)),
)
"""Name, usage and shape of the files, which all data sets have in common."""


def _files(
    gzip_md5: tuple[str, str, str, str],
    sha256: tuple[str | None, ...] = (None,) * 4,
    balanced: bool = False,
    mean: float | None = None,
) -> tuple[FileFacts, FileFacts, FileFacts, FileFacts]:
    first, second, third, fourth = (
        FileFacts(name, usage, shape, md5, digest)
        for (name, usage, shape), md5, digest in zip(_FILES, gzip_md5, sha256, strict=True)
    )
    first = replace(first, mean=mean)
    if balanced:
        second, fourth = (
            replace(file, support=(file.shape[0] // 10,) * 10) for file in (second, fourth)
        )
    return first, second, third, fourth


MNIST = DatasetFacts(
    name="mnist",
    title="MNIST",
    folder="MNIST",
    classes=tuple("0123456789"),
    mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
    files=_files(
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
)

# The SHA-256 of the raw files of the next two is not published; balance and mean are checked.
FASHION_MNIST = DatasetFacts(
    name="fashion-mnist",
    title="Fashion-MNIST",
    folder="FashionMNIST",
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    files=_files(
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        balanced=True,
        mean=0.2860,
    ),
)

KMNIST = DatasetFacts(
    name="kmnist",
    title="Kuzushiji-MNIST",
    folder="KMNIST",
    # The hiragana おきすつなはまやれを, in Latin letters: the document's fonts have no kana.
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    files=_files(
        (
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        balanced=True,
        mean=0.1918,
    ),
)

CATALOGUE: Mapping[str, DatasetFacts] = {
    facts.name: facts for facts in (MNIST, FASHION_MNIST, KMNIST)
}


def title_of(name: str) -> str:
    """Return the title of a data set that is known by name; else the name itself."""
    return CATALOGUE[name].title if name in CATALOGUE else name
