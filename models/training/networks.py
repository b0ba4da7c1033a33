"""Which network a config names."""

from __future__ import annotations

from .lean import LeanNet
from .model import BandSplitNet, ModelConfig, SpectrumNet


def network(config: ModelConfig) -> SpectrumNet:
    """A network of ``config`` with its first, random weights."""
    return LeanNet(config) if config.family == "lean" else BandSplitNet(config)
