"""Draw circles, squares and triangles as 32 × 32 colour images, in a folder for each class."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
SIZE, COUNT = 32, 240


def draw(shape: str, random: np.random.Generator) -> Image.Image:
    """Return one shape, at a random place, in a random colour, with noise."""
    image = Image.new("RGB", (SIZE, SIZE), tuple(random.integers(0, 90, 3).tolist()))
    radius = int(random.integers(5, 11))
    x, y = random.integers(radius + 1, SIZE - radius - 1, 2).tolist()
    colour = tuple(random.integers(120, 255, 3).tolist())
    canvas = ImageDraw.Draw(image)
    sides = {"circle": 0, "square": 4, "triangle": 3}[shape]
    if sides:
        turn = int(random.integers(0, 90))
        canvas.regular_polygon((x, y, radius), sides, rotation=turn, fill=colour)
    else:
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    noise = random.normal(0, 12, (SIZE, SIZE, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


random = np.random.default_rng(0)
for shape in ("circle", "square", "triangle"):
    folder = HERE / "shapes" / shape
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(COUNT):
        draw(shape, random).save(folder / f"{number:03}.png")
