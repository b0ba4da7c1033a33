"""Songs as files: writes a set's mixtures for `danna-sep split`, and reads the stems that it wrote.

Usage: python -m training.stems musdb-valid --out mixtures
       danna-sep split mixtures --format wav32f --model live --out live-stems
       python -m training.evaluate --stems live-stems --set musdb-valid
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from . import SAMPLE_RATE, STEMS
from .cli import main
from .data import Clip, load_set
from .errors import TrainingError


def file_name(clip: Clip) -> str:
    """The clip's name without what file systems forbid."""
    return re.sub(r'[\\/:*?"<>|]', "_", clip.name)


def write_mixtures(clips: list[Clip], folder: Path) -> None:
    """One 32-bit float WAV file per clip."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        mixture = np.asarray(clip.audio, np.float32).sum(0)
        soundfile.write(folder / f"{file_name(clip)}.wav", mixture.T, SAMPLE_RATE, subtype="FLOAT")


def read_stems(folder: Path, clip: Clip) -> np.ndarray:
    """[4, 2, samples] of the files that the command wrote for a clip."""
    import soundfile

    stems = []
    for stem in STEMS:
        path = folder / f"{file_name(clip)}_{stem}.wav"
        try:
            audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        except (OSError, soundfile.LibsndfileError) as error:
            raise TrainingError(f"{path}: cannot be read ({error}); write it with `danna-sep split … --format wav32f`") from error
        expected = (clip.audio.shape[-1], 2)
        if rate != SAMPLE_RATE or audio.shape != expected:
            raise TrainingError(f"{path}: {audio.shape[0]} samples of {audio.shape[1]} channels at {rate} Hz, where the clip has {expected[0]} of 2 at {SAMPLE_RATE}")
        stems.append(audio.T)
    return np.stack(stems)


def run(args: argparse.Namespace) -> None:
    clips = [clip for clip in load_set(args.set) if len(clip.stems) == len(STEMS)]
    write_mixtures(clips, args.out)
    print(f"{len(clips)} mixtures are in {args.out}")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.stems", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("set", help="set of the cache with four stems")
    p.add_argument("--out", type=Path, required=True, help="folder for the mixtures")
    return p


if __name__ == "__main__":
    main(parser(), run)
