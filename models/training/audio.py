"""Decoding to 44.1 kHz stereo through ffmpeg, and the clip files (float16 .npy [stems, 2, samples]) of the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np

from . import SAMPLE_RATE
from .errors import TrainingError


def cache_dir() -> Path:
    """Folder for decoded clips, labels and teacher weights: ``DANNA_CACHE`` or ``~/.cache/danna-sep``."""
    return Path(os.environ.get("DANNA_CACHE", Path.home() / ".cache" / "danna-sep"))


def data_dir() -> Path:
    """Folder of the source recordings: ``DANNA_DATA`` or ``../shared/data`` beside the repository."""
    return Path(os.environ.get("DANNA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def _run(command: list[str], path: Path) -> bytes:
    if not path.is_file():
        raise TrainingError(f"{path}: no such file")
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise TrainingError(f"{command[0]} is not installed; install it (Debian: apt-get install ffmpeg) and run again") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise TrainingError(f"{path}: ffmpeg cannot decode it ({reason[-1] if reason else 'no reason given'})")
    return done.stdout


def decode(path: Path, stream: int = 0, start: float = 0.0, seconds: float | None = None) -> np.ndarray:
    """Decode audio stream ``stream`` of ``path`` to float32 [2, samples] at 44.1 kHz; mono becomes two equal channels."""
    cut = ["-ss", str(start)] + (["-t", str(seconds)] if seconds is not None else [])
    raw = _run(
        ["ffmpeg", "-v", "error", *cut, "-i", str(path), "-map", f"0:a:{stream}", "-ac", "2", "-ar", str(SAMPLE_RATE), "-f", "f32le", "-"],
        path,
    )
    audio = np.frombuffer(raw, np.float32).reshape(-1, 2).T
    if audio.shape[1] == 0:
        raise TrainingError(f"{path}: holds no audio")
    return audio


def duration(path: Path) -> float:
    """Seconds that the container of ``path`` says it lasts."""
    stated = _run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)], path)
    try:
        return float(stated)
    except ValueError as error:
        raise TrainingError(f"{path}: does not say how long it is; name its --start instead of a place") from error


def count_audio_streams(path: Path) -> int:
    """Number of audio streams in ``path``."""
    listed = _run(["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=index", "-of", "csv=p=0", str(path)], path)
    return len(listed.split())


def save_clip(path: Path, clip: np.ndarray) -> None:
    """Write ``clip`` [stems, 2, samples] as float16, whole or not at all (temporary name, then rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            np.save(file, clip.astype(np.float16))
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        free = shutil.disk_usage(path.parent).free // 2**20
        raise TrainingError(f"cannot write {path}: {error.strerror or error} ({free} MiB free); free some space or set DANNA_CACHE") from error
