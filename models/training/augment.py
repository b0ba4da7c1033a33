"""Random changes to single stems in the time domain (NumPy, [2, samples]) and as equaliser curves on their spectra."""

from __future__ import annotations

import numpy as np
from scipy.signal import oaconvolve

from . import SAMPLE_RATE


def decibels(value: float) -> float:
    return 10 ** (value / 20)


def speed(clip: np.ndarray, samples: int) -> np.ndarray:
    """Play ``clip`` faster or slower (pitch and tempo together) so that it fills ``samples``."""
    position = np.linspace(0, clip.shape[1] - 1, samples)
    grid = np.arange(clip.shape[1])
    return np.stack([np.interp(position, grid, channel) for channel in clip]).astype(np.float32)


def room(clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a dry recording into a random room: exponentially decaying stereo noise, 0.2 to 1.6 s, -24 to -8 dB."""
    seconds = rng.uniform(0.2, 1.6)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal((2, time.size)) * np.exp(-6.9 * time / seconds)
    tail[:, : int(rng.uniform(0, 0.03) * SAMPLE_RATE)] = 0
    tail *= decibels(rng.uniform(-24, -8)) / np.sqrt(np.square(tail).sum(1, keepdims=True))
    return clip + oaconvolve(clip, tail, axes=1)[:, : clip.shape[1]].astype(np.float32)


def width(clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pan a recording a little to one side (constant power, within 30 degrees of the centre)."""
    angle = np.pi / 4 + rng.normal(0, 0.15)
    return clip * (np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2)).astype(np.float32)


def narrow(stems: np.ndarray, width: float) -> np.ndarray:
    """Bring both channels of stems [..., 2, samples] nearer to their mean: ``width`` 1 changes nothing, 0 is mono."""
    centre = stems.mean(-2, keepdims=True)
    return centre + width * (stems - centre)


def eq_curve(bins: int, spread_db: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth random gain per bin: five random values over the octaves, cosine-interpolated."""
    octave = np.log2(np.arange(1, bins + 1)) / np.log2(bins)
    knots = rng.normal(0, spread_db, 5)
    place = octave * (knots.size - 1)
    low = np.minimum(place.astype(int), knots.size - 2)
    blend = 0.5 - 0.5 * np.cos(np.pi * (place - low))
    return (10 ** ((knots[low] * (1 - blend) + knots[low + 1] * blend) / 20)).astype(np.float32)
