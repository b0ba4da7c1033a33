"""The causal band-split network: one frame of the mixture's spectrum in, complex masks for four stems out.

After Luo & Yu, "Music Source Separation with Band-Split RNN" (2022), made causal and cheap: a GRU whose weights all
bands share runs over time; between bands a low-rank bottleneck with a full-band GRU replaces the bidirectional RNN.
Where latency does not matter (``bidirectional``) both GRUs also run backwards. With ``taps`` a stem is a short filter
over the mixture's last frames instead of a mask on its present one (Mack & Habets, "Deep Filtering", 2020).
All tensors are time-first: [frames, batch, ...].
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from . import STEMS, native
from .gru import TimeGRU
from .linear import BandLinear, LayerNorm, Linear, decode


LOG_SCALE, LOG_SHIFT = 0.25, 1.5  # bring log power, about -18 to 2, to about -3 to 2


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network; ``bands`` lists (count, bins per band) from low to high and covers all bins but Nyquist."""

    fft_size: int = 2048
    synthesis: int = 1024
    hop: int = 512
    lookahead: int = 0
    bands: tuple[tuple[int, int], ...] = ((16, 4), (8, 8), (8, 16), (4, 32), (4, 64), (2, 192))
    channels: int = 48
    squeeze: int = 12
    bottleneck: int = 160
    blocks: int = 4
    hidden: int = 64
    taps: int = 1  # frames of the mixture that a stem's filter spans, the present one and those before it
    bidirectional: bool = False  # see the future too: for whole segments, not for live use
    family: str = "band-split"  # or "lean": see training.lean
    mixing: int = 84  # of a lean network: width of the layers that mix bands

    def __post_init__(self):
        if self.family not in ("band-split", "lean"):
            raise ValueError(f"no family {self.family!r}; there are band-split and lean")
        object.__setattr__(self, "bands", tuple((int(count), int(width)) for count, width in self.bands))
        covered = sum(count * width for count, width in self.bands)
        if covered != self.fft_size // 2:
            raise ValueError(f"bands cover {covered} bins, the spectrum without Nyquist has {self.fft_size // 2}")

    @property
    def band_count(self) -> int:
        return sum(count for count, _ in self.bands)

    def as_dict(self) -> dict:
        return asdict(self)


def delays(config: ModelConfig) -> list[int]:
    """Hops by which each block delays what passes it, as even as can be: together the network's look-ahead."""
    return [(k + 1) * config.lookahead // config.blocks - k * config.lookahead // config.blocks for k in range(config.blocks)]


def delayed(x: Tensor, passed: Tensor) -> tuple[Tensor, Tensor]:
    """x [T, ...] as many frames later as there are in ``passed``, which come first; and the frames that are now on their way."""
    queue = torch.cat((passed, x))
    return queue[: len(x)], queue[len(x) :]


class Block(nn.Module):
    """(a) a GRU over time with weights shared by all bands, (b) mixing across the bands of a frame; both residual.

    With a ``delay`` the GRU hears that many hops more than the frame that its output is added to.
    """

    def __init__(self, config: ModelConfig, delay: int = 0):
        super().__init__()
        self.delay = delay
        bands, channels = config.band_count, config.channels
        self.time_norm = LayerNorm(channels)
        self.time = TimeGRU(channels)
        self.time_out = Linear(channels, channels)
        self.band_norm = LayerNorm(channels)
        self.squeeze = Linear(channels, config.squeeze)
        self.down = Linear(bands * config.squeeze, config.bottleneck)
        self.full = TimeGRU(config.bottleneck)
        self.up = Linear(config.bottleneck, bands * config.squeeze)
        self.expand = Linear(config.squeeze, channels)
        self.bidirectional = config.bidirectional
        if config.bidirectional:
            self.time_back = TimeGRU(channels)
            self.time_back_out = Linear(channels, channels, bias=False)
            self.full_back = TimeGRU(config.bottleneck)
            self.up_back = Linear(config.bottleneck, bands * config.squeeze, bias=False)
            for layer in (self.time_back_out, self.up_back):  # a causal network's weights are a good start
                nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor, band_state: Tensor, full_state: Tensor, passed: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """x [T, B, bands, channels], band_state [B * bands, channels], full_state [B, bottleneck], passed [delay, B, bands, channels]."""
        normed = self.time_norm(x).flatten(1, 2)
        y, next_band_state = self.time(normed, band_state)
        y = self.time_out(y)
        if self.bidirectional:
            y = y + self.time_back_out(backwards(self.time_back, normed))
        y = y.unflatten(1, x.shape[1:3])
        if self.delay:
            x, passed = delayed(x, passed)
        x = x + y
        y = nn.functional.silu(self.squeeze(self.band_norm(x)))
        y = self.down(y.flatten(2))
        z, next_full_state = self.full(y, full_state)
        z = self.up(y + z)
        if self.bidirectional:
            z = z + self.up_back(backwards(self.full_back, y))
        z = z.unflatten(2, (x.shape[2], -1))
        return x + self.expand(nn.functional.silu(z)), next_band_state, next_full_state, passed


def backwards(layer: TimeGRU, x: Tensor) -> Tensor:
    """Run ``layer`` from the last frame of x [T, rows, channels] to the first."""
    return layer(x, x.new_zeros(x.shape[1], layer.hidden_size), reverse=True)[0]


class SpectrumNet(nn.Module):
    """Mixture spectrum [T, B, 2, 2, bins] to masks [T, B, taps, 4, 2, 2, bins]: what all networks share.

    Axes: frames, batch, (tap, stem,) channel, real and imaginary part, bin. Over the stems the masks of the present
    frame sum to one and those of an earlier frame to zero, so that the stems of `filtered` add up to the mixture.
    """

    FEATURES = 8  # per bin: log power of left, right, mid, side; compressed complex left and right

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.decoders = nn.ModuleList(nn.Linear(config.hidden, config.taps * width * len(STEMS) * 4) for _, width in config.bands)
        for decoder, (_, width) in zip(self.decoders, config.bands):
            present = width * len(STEMS) * 4
            nn.init.zeros_(decoder.weight[present:])
            nn.init.zeros_(decoder.bias[present:])

    @property
    def full_bands(self) -> int:
        """How many full-band GRUs there are."""
        return self.config.blocks

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the exported graph's state, of one example."""
        c = self.config
        if c.bidirectional:
            return {}
        return {"bands": (c.blocks, c.band_count, c.channels), "full": (self.full_bands, 1, c.bottleneck), **({"passed": (c.lookahead, c.band_count, c.channels)} if c.lookahead else {})}

    def initial_state(self, batch: int, device=None) -> tuple[Tensor, Tensor, Tensor]:
        """Zeros: band states [blocks, batch * bands, channels], full-band states [GRUs, batch, bottleneck], frames on their way [lookahead, batch, bands, channels]."""
        c = self.config
        zeros = lambda *shape: torch.zeros(shape, device=device)
        return zeros(c.blocks, batch * c.band_count, c.channels), zeros(self.full_bands, batch, c.bottleneck), zeros(c.lookahead, batch, c.band_count, c.channels)

    def features(self, spectrum: Tensor) -> Tensor:
        """[T, B, 2, 2, bins] to [T, B, 8, bins - 1].

        Magnitudes are logarithmic: a change of level is then a shift, which the layer norms further on let through.
        """
        x = spectrum[..., :-1] * (8 / self.config.fft_size)
        left, right = x[:, :, 0], x[:, :, 1]
        power = torch.stack((left, right, (left + right) * 0.5, (left - right) * 0.5), dim=2).square().sum(3) + 1e-8
        root = power[:, :, :2].sqrt().sqrt()  # |X|^0.5
        level = power.log() * LOG_SCALE + LOG_SHIFT
        return torch.cat((level, left / root[:, :, 0:1], right / root[:, :, 1:2]), dim=2)

    def by_band(self, spectrum: Tensor) -> list[Tensor]:
        """The features of [T, B, 2, 2, bins] as [T, B, count, 8, width] for each group of bands."""
        counts, widths = zip(*self.config.bands)
        if torch.is_grad_enabled() and not spectrum.requires_grad and native.usable(spectrum):
            parts = native.extension().features(spectrum.contiguous().flatten(0, 1), counts, widths, 8 / self.config.fft_size, LOG_SCALE, LOG_SHIFT)
            return [part.unflatten(0, spectrum.shape[:2]) for part in parts]
        parts = self.features(spectrum).split([count * width for count, width in self.config.bands], -1)
        return [part.unflatten(-1, (count, width)).transpose(2, 3) for part, count, width in zip(parts, counts, widths)]

    def masks(self, x: Tensor) -> Tensor:
        """[T, B, bands, hidden] to complex masks; Nyquist, which no band covers, shares the mask of the bin below."""
        taps = self.config.taps
        decoders = [sum_to_one(decoder, taps) for decoder in self.decoders]
        return decode(x, decoders, [count for count, _ in self.config.bands], taps * 4 * len(STEMS)).unflatten(2, (taps, len(STEMS), 2, 2))


class BandSplitNet(SpectrumNet):
    """A band of weights for each band of the spectrum, and a full-band GRU in every block."""

    def __init__(self, config: ModelConfig):
        super().__init__(config)
        self.encoders = nn.ModuleList(BandLinear(count, self.FEATURES * width, config.channels) for count, width in config.bands)
        self.blocks = nn.ModuleList(Block(config, delay) for delay in delays(config))
        self.head_norm = LayerNorm(config.channels)
        self.head = BandLinear(config.band_count, config.channels, config.hidden)

    def multiply_accumulates(self) -> int:
        """Multiply-accumulates of one frame in all matrix products."""
        c, bands = self.config, self.config.band_count
        bins = c.fft_size // 2
        directions = 2 if c.bidirectional else 1
        over_time = directions * (bands * 7 * c.channels**2 + bands * c.squeeze * c.bottleneck + 6 * c.bottleneck**2)
        block = over_time + 2 * bands * c.channels * c.squeeze + bands * c.squeeze * c.bottleneck
        decoded = len(STEMS) if c.taps == 1 else c.taps * (len(STEMS) - 1)  # of a network of filters the last stem is the rest
        head = bands * c.channels * c.hidden + bins * 4 * decoded * c.hidden
        return bins * self.FEATURES * c.channels + c.blocks * block + head

    def forward(self, spectrum: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        encoded = [encoder(part.flatten(3)) for encoder, part in zip(self.encoders, self.by_band(spectrum))]
        x = torch.cat(encoded, dim=2)
        bands, full, passed = state
        band_states, full_states, queues, first = [], [], [], 0
        for block, band_state, full_state in zip(self.blocks, bands, full):
            x, band_state, full_state, queue = block(x, band_state, full_state, passed[first : first + block.delay])
            band_states.append(band_state)
            full_states.append(full_state)
            queues.append(queue)
            first += block.delay
        x = nn.functional.silu(self.head(self.head_norm(x)))
        return self.masks(x), (torch.stack(band_states), torch.stack(full_states), torch.cat(queues))


def sum_to_one(decoder: nn.Linear, taps: int) -> tuple[Tensor, Tensor]:
    """The decoder's weight and bias projected so that for any input the complex masks of the four stems sum to one, those of earlier frames to zero."""
    weight = decoder.weight.unflatten(0, (taps, len(STEMS), -1))
    bias = decoder.bias.unflatten(0, (taps, len(STEMS), 2, 2, -1))
    one = torch.zeros(taps, 1, 1, 2, 1, device=bias.device)
    one[0, :, :, 0] = 1 / len(STEMS)
    return (weight - weight.mean(1, keepdim=True)).flatten(0, 2), (bias - bias.mean(1, keepdim=True) + one).flatten()


def filtered(masks: Tensor, mixture: Tensor) -> Tensor:
    """Stems' spectra [T, B, 4, 2, 2, bins] of masks [T, B, taps, 4, 2, 2, bins] and mixture [T, B, 2, 2, bins]; silence before the start."""
    real, imaginary = 0, 0
    for tap, mask in enumerate(masks.unbind(2)):
        earlier = torch.cat((torch.zeros_like(mixture[:tap]), mixture[: len(mixture) - tap])) if tap else mixture
        mr, mi = mask.unbind(-2)
        xr, xi = earlier[:, :, None].unbind(-2)
        real, imaginary = real + mr * xr - mi * xi, imaginary + mr * xi + mi * xr
    return torch.stack((real, imaginary), -2)
