"""Shared fixtures of the recipe's tests: tiny songs made on the spot, and a private cache folder."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from commands import run_command

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))

STEMS = ("vocals", "drums", "bass", "other")


def synthetic_stems(seconds: float, seed: int, rate: int = 44100) -> dict[str, np.ndarray]:
    """Four stems [samples, 2] that differ as real ones do: a gliding tone, noise bursts, a low tone, a chord."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    pan = lambda mono: np.stack((mono * rng.uniform(0.6, 1), mono * rng.uniform(0.6, 1)), 1).astype(np.float32)
    return {
        "vocals": pan(0.2 * np.sin(2 * np.pi * (300 * t + 20 * np.sin(5 * t)))),
        "drums": pan(0.2 * rng.standard_normal(t.size) * (np.mod(t, 0.5) < 0.05)),
        "bass": pan(0.2 * np.sin(2 * np.pi * rng.uniform(50, 90) * t)),
        "other": pan(0.1 * sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(500, 2000, 3))),
    }


@pytest.fixture(scope="session")
def song_folder():
    """Writes a song as a folder of WAV files, as MUSDB18-HQ has it."""

    def write(folder: Path, seconds: float = 4.0, seed: int = 0, rate: int = 44100, mono: bool = False) -> Path:
        folder.mkdir(parents=True)
        for stem, audio in synthetic_stems(seconds, seed, rate).items():
            soundfile.write(folder / f"{stem}.wav", audio[:, 0] if mono else audio, rate)
        return folder

    return write


@pytest.fixture(scope="session")
def stem_mp4(song_folder, tmp_path_factory):
    """Writes a song as a MUSDB18 ``.stem.mp4``: mixture, drums, bass, other, vocals."""

    def write(path: Path, **options) -> Path:
        wavs = song_folder(tmp_path_factory.mktemp("wav") / "song", **options)
        order = ("drums", "bass", "other", "vocals")
        inputs = [argument for stem in order for argument in ("-i", str(wavs / f"{stem}.wav"))]
        mix = ["-filter_complex", "[0:a][1:a][2:a][3:a]amix=inputs=4:normalize=0[mix]", "-map", "[mix]"]
        maps = [argument for index in range(4) for argument in ("-map", f"{index}:a")]
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ffmpeg", "-v", "error", *inputs, *mix, *maps, "-c:a", "aac", "-b:a", "256k", str(path)], check=True)
        return path

    return write


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("DANNA_CACHE", str(folder))
    return folder


TINY = """
name = "tiny"
[model]
bands = [[8, 8], [6, 64], [2, 288]]
channels = 16
squeeze = 4
bottleneck = 16
blocks = 2
hidden = 16
[train]
steps = {steps}
batch = {batch}
frames = 40
late_frames = 80
warmup = 4
lr = 4e-3
ema = 0.9
[[sources]]
set = "tiny-train"
vocals = 1
drums = 1
bass = 1
other = 1
coherent = 1
[card]
licence = "CC0-1.0"
trained_on = ["synthetic songs"]
"""


@pytest.fixture
def tiny_config(tmp_path):
    def write(name: str = "tiny.toml", steps: int = 8, batch: int = 4, extra: str = "") -> Path:
        path = tmp_path / name
        path.write_text(TINY.format(steps=steps, batch=batch) + extra)
        return path

    return write


def call(module: str, *arguments, env: dict | None = None, check: bool = True, fresh: bool = False) -> subprocess.CompletedProcess:
    """Run ``python -m training.MODULE`` as a user would; unless ``fresh``, in a fork of a process that has loaded PyTorch."""
    words, whole = [str(word) for word in arguments], {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
    if fresh:
        done = subprocess.run([sys.executable, "-m", f"training.{module}", *words], cwd=ROOT / "models", env=whole, capture_output=True, text=True)
    else:
        done = run_command(module, words, whole)
    if check:
        assert done.returncode == 0, done.stderr
    return done
