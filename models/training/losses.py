"""Losses between estimated and true stems, on the masked mixture's spectrum (time-first tensors)."""

from __future__ import annotations

import torch
from torch import Tensor

from .stft import Stft, complex_of

FLOOR = 0.1  # of the mixture's level: errors far below -20 dB hardly count, so silent stems do not dominate


def _compressed(x: Tensor) -> Tensor:
    """Complex values (axis -2: real, imaginary) with the square root of their magnitude."""
    power = x[..., 0, :].square() + x[..., 1, :].square() + 1e-6
    return x * power.sqrt().sqrt().reciprocal()[..., None, :]


def spectral_terms(masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Error spectrum and the compressed spectra's absolute error per example and stem, with the mixture's own as scale.

    masks, stems [T, B, 4, 2, 2, bins]; mixture [T, B, 2, 2, bins]; band [B, bins], 1 where the target is known.
    """
    mr, mi = masks.unbind(-2)
    xr, xi = mixture[:, :, None].unbind(-2)
    estimate = torch.stack((mr * xr - mi * xi, mr * xi + mi * xr), -2)
    known = band[:, None, None, None, :]
    error = (estimate - stems) * known
    compressed = ((_compressed(estimate) - _compressed(stems)) * known).abs().mean((0, 3, 4, 5))
    scale = (_compressed(mixture) * known[:, 0]).abs().mean((0, 2, 3, 4))
    return error, compressed, scale


class SeparationLoss(torch.nn.Module):
    """Sum of two log ratios per example and stem: waveform L1, and L1 of square-root-compressed spectra.

    The logarithm makes a decibel gained on a quiet song worth a decibel on a loud one, as the median SDR does
    (cf. the L1-SNR loss of Watcharasupat et al., "A Generalized Bandsplit Neural Network", 2023).
    """

    def __init__(self, stft: Stft, stem_weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0), compile: bool = False):
        super().__init__()
        self.stft = stft
        self.register_buffer("stem_weights", torch.tensor(stem_weights) / sum(stem_weights))
        self.terms = torch.compile(spectral_terms, dynamic=False) if compile else spectral_terms

    def forward(self, masks: Tensor, mixture: Tensor, stems: Tensor, band: Tensor) -> Tensor:
        error, compressed, scale = self.terms(masks, mixture, stems, band)
        wave_error = self.stft.inverse(complex_of(error)).abs().mean((-2, -1))  # [B, 4]
        with torch.no_grad():
            level = self.stft.inverse(complex_of(mixture)).abs().mean((-2, -1))[:, None] + 1e-4
        spectral = torch.log(compressed / (scale[:, None] + 1e-4) + FLOOR)
        return ((torch.log(wave_error / level + FLOOR) + spectral).mean(0) * self.stem_weights).sum()
