"""Streaming STFT with asymmetric windows, as tensors: the definition that the browser engine (src/dsp) implements too.

A long analysis window gives frequency resolution, a short synthesis window low latency, and their product over the
last ``synthesis`` samples is a Hann window, so that overlap-add reconstructs perfectly (Mauler & Martin, "A low delay,
variable resolution, perfect reconstruction spectral analysis-synthesis system", EUSIPCO 2007).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from . import native


def windows(fft_size: int, synthesis: int) -> tuple[Tensor, Tensor]:
    """Analysis window [fft_size] and synthesis window [synthesis], float64."""
    rise = fft_size - synthesis // 2
    analysis = torch.empty(fft_size, dtype=torch.float64)
    analysis[:rise] = torch.sin(math.pi * (torch.arange(rise, dtype=torch.float64) + 0.5) / (2 * rise))
    fall = torch.cos(math.pi * (torch.arange(synthesis // 2, dtype=torch.float64) + 0.5) / synthesis)
    analysis[rise:] = fall
    hann = torch.sin(math.pi * (torch.arange(synthesis, dtype=torch.float64) + 0.5) / synthesis) ** 2
    return analysis, hann / analysis[-synthesis:]


def planar(spectrum: Tensor) -> Tensor:
    """Complex [..., bins] to real [..., 2, bins]: real and imaginary planes, which a CPU multiplies faster."""
    return torch.stack((spectrum.real, spectrum.imag), -2)


def complex_of(planes: Tensor) -> Tensor:
    """Inverse of `planar`."""
    return torch.complex(planes[..., 0, :], planes[..., 1, :])


class Stft(nn.Module):
    """Time-first STFT pair: frame ``k`` ends at sample ``(k + 1) * hop`` and sees zeros before the start."""

    def __init__(self, fft_size: int = 2048, synthesis: int = 1024, hop: int = 512):
        super().__init__()
        if synthesis != 2 * hop or synthesis > fft_size:
            raise ValueError(f"synthesis window {synthesis} must be twice the hop {hop} and at most the FFT size {fft_size}")
        self.fft_size, self.synthesis, self.hop = fft_size, synthesis, hop
        analysis, synth = windows(fft_size, synthesis)
        self.register_buffer("analysis", analysis.float(), persistent=False)
        self.register_buffer("synth", synth.float(), persistent=False)

    def forward(self, wave: Tensor) -> Tensor:
        """[..., samples] to complex [frames, ..., bins]; samples must be a whole number of hops."""
        padded = nn.functional.pad(wave, (self.fft_size - self.hop, 0))
        frames = padded.unfold(-1, self.fft_size, self.hop).movedim(-2, 0)
        return torch.fft.rfft(frames * self.analysis)

    def planes(self, wave: Tensor, gain: Tensor) -> Tensor:
        """[B, S, C, samples] to real and imaginary planes [frames, B, S, C, 2, bins], the bins times gain [B, S, bins]."""
        if not native.usable(wave, gain, self.analysis):
            return planar(self(wave)) * gain[:, :, None, None, :]
        gains = gain[:, :, None].expand(*wave.shape[:3], -1).flatten(0, 2)
        return native.extension().planes(wave.contiguous().flatten(0, 2), self.analysis, self.hop, gains).unflatten(1, wave.shape[:3])

    def inverse(self, spectrum: Tensor) -> Tensor:
        """Complex [frames, ..., bins] to [..., (frames - 1) * hop]: the first hop, which no frame completes, is dropped.

        Sample i of the result is sample i of the input of `forward` (no delay; the last hop waits for a next frame).
        """
        tail = torch.fft.irfft(spectrum, self.fft_size)[..., -self.synthesis :] * self.synth
        hops = tail[1:, ..., : self.hop] + tail[:-1, ..., self.hop :]
        return hops.movedim(0, -2).flatten(-2)
