"""Training examples from the clip cache: songs as they are, and stems of different songs mixed at random.

An example depends only on (seed, step, its place in the batch), so a resumed run sees exactly what it would have seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import SAMPLE_RATE, STEMS, audio, augment
from .config import Config, Source
from .errors import TrainingError

SILENCE = 1e-3  # RMS below which a stretch counts as silent and another is drawn


@dataclass(frozen=True)
class Clip:
    audio: np.ndarray  # float16 [stems, 2, samples], memory-mapped
    stems: tuple[str, ...]
    name: str
    absent: tuple[str, ...] = ()  # stems that count as silent


def without_quiet(clip: Clip, quiet: float) -> Clip:
    """``clip`` with stems that lie ``quiet`` dB or more below its mixture counted as absent."""
    power = np.array([np.square(stem, dtype=np.float32).mean() for stem in clip.audio])
    whole = np.square(clip.audio.sum(0, dtype=np.float32)).mean()
    return replace(clip, absent=tuple(stem for stem, value in zip(clip.stems, power) if value <= whole * 10 ** (-quiet / 10)))


def load_set(name: str, root: Path | None = None) -> list[Clip]:
    """All clips of a set: ``clips/NAME`` (made by prepare) or ``labels/NAME`` (made by label)."""
    root = root or audio.cache_dir()
    folder = root / "clips" / name
    if (folder / "index.json").exists():
        rows = json.loads((folder / "index.json").read_text())
    else:
        folder = root / "labels" / name
        rows = [{"file": path.name, "stems": STEMS, "name": path.stem} for path in sorted(folder.glob("*.npy"))]
    if not rows:
        raise TrainingError(f"set {name!r} is not in {root}; make it with `python -m training.prepare` or `python -m training.label`")
    return [Clip(np.load(folder / row["file"], mmap_mode="r"), tuple(row["stems"]), row["name"]) for row in rows]


@dataclass(frozen=True)
class Batch:
    stems: np.ndarray  # float32 [batch, 4, 2, samples]
    eq: np.ndarray  # float32 [batch, 4, bins], gains on the stems' spectra
    band: np.ndarray  # float32 [batch, bins], 1 where the stems are known


class Pool:
    """Clips to draw one kind of thing from: sources by weight, then clips by their length."""

    def __init__(self, entries: list[tuple[float, Source, list[Clip]]]):
        self.entries = [(source, clips, _by_length(clips)) for _, source, clips in entries]
        weights = np.array([weight for weight, _, _ in entries])
        self.share = weights / weights.sum() if weights.size else weights

    def draw(self, rng: np.random.Generator) -> tuple[Source, Clip]:
        source, clips, share = self.entries[rng.choice(len(self.entries), p=self.share)]
        return source, clips[rng.choice(len(clips), p=share)]


def lower(one: float, other: float) -> float:
    """The lower of two band limits, of which 0 means none."""
    return min(one, other) or max(one, other)


def _by_length(clips: list[Clip]) -> np.ndarray:
    samples = np.array([clip.audio.shape[-1] for clip in clips], dtype=float)
    return samples / samples.sum()


class Examples:
    """Draws training batches as `Config` describes."""

    def __init__(self, config: Config, root: Path | None = None, rank: int = 0, world: int = 1):
        self.config, self.rank, self.world = config, rank, world
        sets = {source.set: load_set(source.set, root) for source in config.sources}
        for source in config.sources:
            if source.quiet:
                sets[source.set] = [without_quiet(clip, source.quiet) for clip in sets[source.set]]
        self.pools = {
            stem: Pool([(getattr(s, stem), s, [c for c in sets[s.set] if stem in c.stems and stem not in c.absent]) for s in config.sources if getattr(s, stem) > 0])
            for stem in STEMS
        }
        self.songs = Pool([(s.coherent, s, [c for c in sets[s.set] if len(c.stems) == 4]) for s in config.sources if s.coherent > 0])

    def _cut(self, clip: Clip, rows: list[int], samples: int, rng: np.random.Generator) -> np.ndarray:
        """A random stretch of ``clip`` [rows, 2, samples], silence around it where the clip is too short."""
        length = clip.audio.shape[-1]
        out = np.zeros((len(rows), 2, samples), np.float32)
        start = int(rng.integers(0, max(1, length - samples + 1)))
        take = clip.audio[rows, :, start : start + samples]
        at = int(rng.integers(0, samples - take.shape[-1] + 1))
        out[..., at : at + take.shape[-1]] = take
        return out

    def _stem(self, stem: str, samples: int, rng: np.random.Generator) -> tuple[np.ndarray, Source]:
        a = self.config.augment
        longer = int(samples * (1 + rng.uniform(-a.speed_range, a.speed_range))) if rng.random() < a.speed else samples
        for _ in range(4):
            source, clip = self.pools[stem].draw(rng)
            wave = self._cut(clip, [clip.stems.index(stem)], longer, rng)[0]
            level = np.sqrt(np.square(wave).mean())
            if level > SILENCE:
                break
        if longer != samples:
            wave = augment.speed(wave, samples)
        if source.normalise:
            wave = wave * (augment.decibels(rng.normal(-19, 3)) / max(level, SILENCE))
        if source.dry:
            wave = augment.width(wave, rng)
            if rng.random() < a.room:
                wave = augment.room(wave, rng)
        return wave, source

    def example(self, step: int, place: int, samples: int, bins: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Stems [4, 2, samples], equaliser gains [4, bins] and known band [bins] of one example."""
        a = self.config.augment
        rng = np.random.default_rng((self.config.train.seed, step, place))
        band_limit, spread = 0.0, a.gain_db
        if rng.random() < a.coherent and self.songs.entries:
            source, clip = self.songs.draw(rng)
            band_limit = source.band
            stems = self._cut(clip, [clip.stems.index(stem) for stem in STEMS], samples, rng)
            stems[[stem in clip.absent for stem in STEMS]] = 0
            spread = a.coherent_gain_db
        else:
            stems = np.empty((4, 2, samples), np.float32)
            for row, stem in enumerate(STEMS):
                stems[row], source = self._stem(stem, samples, rng)
                band_limit = lower(source.band, band_limit)
            if rng.random() < a.extra_voice:
                voice, source = self._stem("vocals", samples, rng)
                stems[0] += voice * augment.decibels(rng.uniform(-12, 0))
                band_limit = lower(source.band, band_limit)
        eq = np.ones((4, bins), np.float32)
        for row in range(4):
            if rng.random() < a.swap:
                stems[row] = stems[row, ::-1]
            gain = augment.decibels(rng.normal(0, spread)) * (-1 if rng.random() < a.polarity and spread == a.gain_db else 1)
            stems[row] *= 0 if rng.random() < a.drop else gain
            if rng.random() < a.eq:
                eq[row] = augment.eq_curve(bins, a.eq_db, rng)
        if rng.random() < a.narrow:
            stems = augment.narrow(stems, max(0.0, rng.uniform(-0.5, 0.5)))
        stems *= augment.decibels(rng.normal(-1, a.level_db)) / max(1.0, np.abs(stems.sum(0)).max())
        band = np.ones(bins, np.float32)
        if band_limit:
            band[int(band_limit / SAMPLE_RATE * 2 * (bins - 1)) :] = 0
        return stems, eq, band

    def batch(self, step: int, size: int, samples: int, bins: int) -> Batch:
        """This process's share of the batch of ``step``."""
        rows = [self.example(step, place, samples, bins) for place in range(self.rank, size, self.world)]
        return Batch(*(np.stack(column) for column in zip(*rows)))

    def batches(self, first: int, plan) -> Iterator[Batch]:
        """Endless batches from step ``first``; ``plan(step)`` gives (size, samples, bins). Two are made ahead."""
        with ThreadPoolExecutor(1) as worker:
            ahead = [worker.submit(self.batch, step, *plan(step)) for step in (first, first + 1)]
            step = first + 2
            while True:
                yield ahead.pop(0).result()
                ahead.append(worker.submit(self.batch, step, *plan(step)))
                step += 1
