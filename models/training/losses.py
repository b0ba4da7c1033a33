"""Losses between estimated and true stems, on the filtered mixture's spectrum (time-first tensors)."""

from __future__ import annotations

import torch
from torch import Tensor

from . import native
from .model import filtered
from .stft import Stft, complex_of

FLOOR = 0.01  # of the mixture's energy: errors far below -20 dB hardly count, so silent stems do not dominate
CHUNK = 85  # hops, about 1 s: the frames over which museval takes its median


def _compressed(x: Tensor) -> Tensor:
    """Complex values (axis -2: real, imaginary) with the square root of their magnitude."""
    power = x[..., 0, :].square() + x[..., 1, :].square() + 1e-6
    return x * power.sqrt().sqrt().reciprocal()[..., None, :]


def spectral_terms(masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Error spectrum and the compressed spectra's absolute error per example and stem, with the mixture's own as scale.

    masks [T, B, taps, 4, 2, 2, bins]; stems [T, B, 4, 2, 2, bins]; mixture [T, B, 2, 2, bins]; band [B, bins], 1 where the target is known.
    """
    estimate = filtered(masks, mixture)
    known = band[:, None, None, None, :]
    error = (estimate - stems) * known
    compressed = ((_compressed(estimate) - _compressed(stems)) * known).abs().mean((0, 3, 4, 5))
    scale = (_compressed(mixture) * known[:, 0]).abs().mean((0, 2, 3, 4))
    return error, compressed, scale


class _Fused(torch.autograd.Function):
    """`SeparationLoss.terms` in C++; only the masks have a gradient."""

    @staticmethod
    def forward(ctx, masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor, synth: Tensor):
        mixture, band = mixture.contiguous(), band.contiguous()
        energy, level, compressed, scale, *kept = native.extension().loss_forward(masks.contiguous(), mixture, stems.contiguous(), band, synth, CHUNK)
        ctx.save_for_backward(*kept, mixture, band, synth)
        ctx.taps, ctx.values = masks.shape[2], stems[:, 0, 0].numel()
        ctx.mark_non_differentiable(level, scale)
        return energy, level, compressed / ctx.values, scale / ctx.values

    @staticmethod
    def backward(ctx, energy: Tensor, _level, compressed: Tensor, _scale):
        grad = native.extension().loss_backward(energy.contiguous(), (compressed / ctx.values).contiguous(), *ctx.saved_tensors, ctx.taps, CHUNK)
        return grad, None, None, None, None


class SeparationLoss(torch.nn.Module):
    """Per example and stem: the log of the waveform error's energy in every second, and of the compressed spectra's L1.

    The first is the negative SDR that the evaluation takes, up to a constant; in it a decibel gained on a quiet song is
    worth a decibel on a loud one. The second keeps quiet and high parts from being ignored.
    """

    def __init__(self, stft: Stft, stem_weights: tuple[float, ...], spectral_weight: float, compile: bool = False):
        super().__init__()
        self.stft, self.spectral_weight = stft, spectral_weight
        self.register_buffer("stem_weights", torch.tensor(stem_weights) / sum(stem_weights))
        self.spectral_terms = torch.compile(spectral_terms, dynamic=False) if compile else spectral_terms

    def _energy(self, spectrum: Tensor) -> Tensor:
        """Energy of the waveform in every chunk: [T, B, ..., 2, 2, bins] to [B, ..., chunks]."""
        wave = self.stft.inverse(complex_of(spectrum))
        samples = min(CHUNK * self.stft.hop, wave.shape[-1])
        return wave[..., : wave.shape[-1] // samples * samples].unflatten(-1, (-1, samples)).square().mean((-3, -1))

    def terms(self, masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The errors' energy [B, 4, chunks] and the mixture's [B, chunks], the compressed spectra's error [B, 4] and size [B]."""
        error, compressed, scale = self.spectral_terms(masks, mixture, stems, band)
        with torch.no_grad():
            level = self._energy(mixture)
        return self._energy(error), level, compressed, scale

    def forward(self, masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor) -> Tensor:
        if native.usable(masks, mixture, stems, band):
            energy, level, compressed, scale = _Fused.apply(masks, mixture, stems, band, self.stft.synth)
        else:
            energy, level, compressed, scale = self.terms(masks, mixture, stems, band)
        wave = 0.5 * torch.log(energy / (level[:, None] + 1e-7) + FLOOR).mean(-1)  # [B, 4]
        spectral = torch.log(compressed / (scale[:, None] + 1e-4) + FLOOR**0.5)
        return ((wave + self.spectral_weight * spectral).mean(0) * self.stem_weights).sum()
