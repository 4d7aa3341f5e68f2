"""Who is compared with whom: groups of contestants that train the same networks.

A contestant is a function `train(tick)` that trains for ever and calls `tick(examples)` after every
optimiser step. The first of a group is the peer that the others are compared with.
"""

from dataclasses import dataclass, field
from importlib.util import find_spec

__all__ = ["GROUPS", "Contestant", "Group"]


@dataclass(frozen=True)
class Contestant:
    """One way to train.

    Args:
        name: what it is called.
        target: "module:function".
        arguments: for the function.
        precision: "fp32" or "bf16", for the ceiling it is held against.
        needs: a module without which it cannot run.
        period: after how many steps its work repeats.
    """

    name: str
    target: str
    arguments: dict = field(default_factory=dict)
    precision: str = "fp32"
    needs: str = "torch"
    period: int = 1

    @property
    def here(self):
        """Whether what it needs is installed."""
        return find_spec(self.needs) is not None


@dataclass(frozen=True)
class Group:
    """Contestants with the same networks.

    Args:
        key: a short name, as in the table of targets.
        title: one line.
        contestants: the peer, then the others.
    """

    key: str
    title: str
    contestants: tuple[Contestant, ...]

    @property
    def peer(self):
        """The one that the others are compared with."""
        return self.contestants[0]


def ours(function):
    """Return our engine on a peer's networks, in both precisions."""
    return tuple(
        Contestant(
            f"makebelieve {precision}",
            f"benchmarks.engines:{function}",
            {"precision": precision},
            precision,
            needs="benchmarks.engines",
        )
        for precision in ("fp32", "bf16")
    )


PEERS = "benchmarks.peers"

GROUPS = (
    Group(
        "mlp-vae",
        "MLP VAE 784-512-16, batch 128",
        (
            Contestant("pythae", f"{PEERS}.pythae_vae:train_mlp", needs="pythae"),
            Contestant("pytorch/examples (784-400-20)", f"{PEERS}.examples_vae:train"),
            *ours("mlp_vae"),
        ),
    ),
    Group(
        "conv-vae",
        "conv VAE of pythae's benchmark, batch 128",
        (
            Contestant("pythae", f"{PEERS}.pythae_vae:train_conv", needs="pythae"),
            *ours("conv_vae"),
        ),
    ),
    Group(
        "dcgan",
        "DCGAN at 32 px, batch 64",
        (Contestant("PyTorch-GAN dcgan", f"{PEERS}.gan_dcgan:train"), *ours("dcgan")),
    ),
    Group(
        "wgan-gp",
        "WGAN-GP with MLPs at 28 px, batch 64",
        (
            Contestant("PyTorch-GAN wgan_gp", f"{PEERS}.gan_wgan_gp:train", period=5),
            *ours("wgan_gp"),
        ),
    ),
    Group(
        "dcgan64",
        "DCGAN at 64 px in colour, batch 64",
        (Contestant("pytorch/examples dcgan", f"{PEERS}.examples_dcgan:train"), *ours("dcgan64")),
    ),
)
