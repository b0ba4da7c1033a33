"""The lean band-split network: few weights, shared by the bands, and look-ahead spread over its blocks.

As `model.BandSplitNet`, but every weight that can be is shared: the encoder by the bands of a group (each has a scale and an
offset of its own), the head by all bands, and bands are mixed by two small layers that all channels share, beside a narrow
full-band GRU in every other block. The weights then fit a core's cache, and few songs are enough to train them.

With ``lookahead`` some blocks delay what passes them by a hop: a block adds what its GRU has heard up to the next frame to
the frame before, so that the frame's own detail takes no part of the GRU's memory. All tensors are time-first.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import STEMS
from .gru import TimeGRU
from .linear import LayerNorm, Linear
from .model import ModelConfig, SpectrumNet, delayed, delays


class Scaled(nn.Module):
    """A scale and an offset for each band: [..., bands, channels]."""

    def __init__(self, bands: int, channels: int):
        super().__init__()
        self.bands = bands
        self.scale = nn.Parameter(torch.ones(bands * channels))  # flat: no matrices to the optimiser
        self.offset = nn.Parameter(torch.zeros(bands * channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.offset.view(self.bands, -1), x, self.scale.view(self.bands, -1))


class FullBand(nn.Module):
    """A narrow GRU over time that hears all bands at once."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        wide = config.band_count * config.squeeze
        self.norm = LayerNorm(config.channels)
        self.squeeze = Linear(config.channels, config.squeeze)
        self.down = Linear(wide, config.bottleneck)
        self.gru = TimeGRU(config.bottleneck)
        self.up = Linear(config.bottleneck, wide)
        self.expand = Linear(config.squeeze, config.channels)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        y = nn.functional.silu(self.squeeze(self.norm(x)))
        y = self.down(y.flatten(2))
        z, state = self.gru(y, state)
        z = self.up(y + z).unflatten(2, (x.shape[2], -1))
        return x + self.expand(nn.functional.silu(z)), state


class LeanBlock(nn.Module):
    """(a) a GRU over time shared by all bands, which may see ``delay`` hops more than what it is added to, (b) mixing across bands."""

    def __init__(self, config: ModelConfig, delay: int):
        super().__init__()
        bands, channels = config.band_count, config.channels
        self.delay = delay
        self.time_norm = LayerNorm(channels)
        self.time = TimeGRU(channels)
        self.time_out = Linear(channels, channels)
        self.mix_norm = LayerNorm(channels)
        self.mix_in = Linear(bands, config.mixing)
        self.mix_out = Linear(config.mixing, bands)
        for value in (self.mix_out.weight, self.mix_out.bias):
            nn.init.zeros_(value)

    def forward(self, x: Tensor, state: Tensor, passed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x [T, B, bands, channels], state [B * bands, channels], passed [delay, B, bands, channels]: the frames on their way."""
        y, state = self.time(self.time_norm(x).flatten(1, 2), state)
        y = self.time_out(y).unflatten(1, x.shape[1:3])
        if self.delay:
            x, passed = delayed(x, passed)
        x = x + y
        z = self.mix_norm(x).transpose(2, 3)
        z = self.mix_out(nn.functional.silu(self.mix_in(z))).transpose(2, 3)
        return x + z, state, passed


class LeanNet(SpectrumNet):
    def __init__(self, config: ModelConfig):
        super().__init__(config)
        self.encoders = nn.ModuleList(Linear(self.FEATURES * width, config.channels, bias=False) for _, width in config.bands)
        self.encoded = Scaled(config.band_count, config.channels)
        self.blocks = nn.ModuleList(LeanBlock(config, delay) for delay in delays(config))
        self.fulls = nn.ModuleList(FullBand(config) for _ in range(config.blocks // 2))  # after every second block
        self.head_norm = LayerNorm(config.channels)
        self.head = Linear(config.channels, config.hidden, bias=False)
        self.headed = Scaled(config.band_count, config.hidden)

    def multiply_accumulates(self) -> int:
        c, bands = self.config, self.config.band_count
        bins = c.fft_size // 2
        block = bands * 7 * c.channels**2 + 2 * bands * c.mixing * c.channels
        full = 2 * bands * c.squeeze * (c.channels + c.bottleneck) + 6 * c.bottleneck**2
        decoded = len(STEMS) if c.taps == 1 else c.taps * (len(STEMS) - 1)
        head = bands * c.channels * c.hidden + bins * 4 * decoded * c.hidden
        return bins * self.FEATURES * c.channels + c.blocks * block + len(self.fulls) * full + head

    @property
    def full_bands(self) -> int:
        return len(self.fulls)

    def forward(self, spectrum: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        encoded = [encoder(part.flatten(3)) for encoder, part in zip(self.encoders, self.by_band(spectrum))]
        x = self.encoded(torch.cat(encoded, dim=2))
        bands, full, passed = state
        new_bands, new_full, new_passed, first = [], [], [], 0
        for k, block in enumerate(self.blocks):
            x, band, queue = block(x, bands[k], passed[first : first + block.delay])
            new_bands.append(band)
            new_passed.append(queue)
            first += block.delay
            if k % 2:
                x, narrow = self.fulls[k // 2](x, full[k // 2])
                new_full.append(narrow)
        x = self.headed(self.head(self.head_norm(x)))
        return self.masks(nn.functional.silu(x)), (torch.stack(new_bands), torch.stack(new_full), torch.cat(new_passed))
