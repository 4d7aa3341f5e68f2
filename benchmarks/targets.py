"""What was promised: the figure that must hold, and the one aimed at."""

from dataclasses import dataclass

__all__ = ["DEMO_MINUTES", "FRAME_MS", "GPU_SHARE", "HOVER_MS", "LIVE_MINUTES", "MEMORY_MB",
           "PAGE_SECONDS", "QUALITY", "SPEED", "Target"]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Two bounds on one figure.

    Args:
        must: what has to hold.
        aim: what would be good.
        less: whether less is better.
    """

    must: float
    aim: float
    less: bool = False

    def met(self, value):
        """Return "aim", "must" or "no"."""
        sign = -1 if self.less else 1
        if sign * value >= sign * self.aim:
            return "aim"
        return "must" if sign * value >= sign * self.must else "no"


# Pictures a second as multiples of the peer's, by group and precision.
SPEED = {
    ("mlp-vae", "fp32"): Target(2.0, 2.6),
    ("mlp-vae", "bf16"): Target(3.0, 4.0),
    ("conv-vae", "fp32"): Target(1.2, 1.4),
    ("conv-vae", "bf16"): Target(1.8, 2.2),
    ("dcgan", "fp32"): Target(2.0, 2.4),
    ("dcgan", "bf16"): Target(3.3, 4.5),
    ("wgan-gp", "fp32"): Target(2.3, 2.7),
}

# Peak memory of our training, over the size of the data in bytes.
MEMORY_MB = Target(600, 300, less=True)

QUALITY = {
    # CPU time to pythae's −ELBO after 10 epochs, as a share of pythae's.
    "vae-time": Target(1 / 4, 1 / 10, less=True),
    # Nats by which −ELBO is lower after pythae's CPU time.
    "vae-nats": Target(3, 8),
    # CPU time to the FD of PyTorch-GAN's dcgan, as a share of its ten minutes.
    "gan-time": Target(1 / 4, 1 / 10, less=True),
}

# Minutes of the demo's four models on avatars.
DEMO_MINUTES = Target(7, 4, less=True)

# Share of an accelerator's measured bf16 ceiling; there is an aim and nothing that must hold.
GPU_SHARE = Target(0.5, 0.5)

# The studio: seconds until its front page can be used, milliseconds from pointer to picture and
# from frame to frame (60 a second, and one in twenty may be late), minutes until all figures live.
PAGE_SECONDS = Target(1, 1, less=True)
HOVER_MS = Target(16, 16, less=True)
FRAME_MS = Target(17.5, 17.5, less=True)
LIVE_MINUTES = Target(7, 7, less=True)
