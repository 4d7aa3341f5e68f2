"""Pictures one by one, as the peers' programs read them."""

import numpy as np
import torch
from PIL import Image

__all__ = ["Items", "batches", "enlarged"]


class Items(torch.utils.data.Dataset):
    """Pictures turned into tensors one at a time, as torchvision's data sets do.

    Args:
        pictures: (n, height, width) uint8.
        size: pixels to resize to; None leaves them.
        channels: 1, or 3 of the same.
        centred: whether numbers run from −1 to 1 instead of from 0.
    """

    def __init__(self, pictures, *, size=None, channels=1, centred=False):
        self.pictures = pictures
        self.size, self.channels, self.centred = size, channels, centred

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        """Return (channels, height, width) floats, and a label that nobody reads."""
        picture = self.pictures[index]
        if self.size is not None:
            picture = resized(picture, self.size)
        x = torch.from_numpy(picture.copy())[None].to(torch.float32).div(255)
        if self.channels > 1:
            x = x.expand(self.channels, -1, -1).contiguous()
        return (x - 0.5) / 0.5 if self.centred else x, 0


def resized(picture, size):
    """Return a (height, width) uint8 picture at another size."""
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.BILINEAR))


def enlarged(pictures):
    """Return (n, 28, 28) uint8 pictures at 32 px, as PyTorch-GAN's programs enlarge them."""
    return np.stack([resized(picture, 32) for picture in pictures])


def batches(items, n, workers=0):
    """Return batch after batch of n, epoch after epoch, through a DataLoader."""
    loader = torch.utils.data.DataLoader(items, batch_size=n, shuffle=True, num_workers=workers)
    while True:
        yield from loader
