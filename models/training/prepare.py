"""Decode source recordings into the clip cache, once: every later step reads float16 clips and needs no ffmpeg.

Usage: python -m training.prepare musdb18 /path/to/musdb18
       python -m training.prepare shared          # everything in DANNA_DATA

A set is a folder of clips with an ``index.json``; a clip that is already there is skipped, so a run can be resumed.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from . import SAMPLE_RATE, STEMS, audio
from .cli import main
from .errors import TrainingError

# MUSDB18's own validation split (musdb package, configs/mus.yaml).
VALIDATION = frozenset(
    """Actions - One Minute Smile
Clara Berry And Wooldog - Waltz For My Victims
Johnny Lokke - Promises & Lies
Patrick Talbot - A Reason To Leave
Triviul - Angelsaint
Alexander Ross - Goodbye Bolero
Fergessen - Nos Palpitants
Leaf - Summerghost
Skelpolu - Human Mistakes
Young Griffo - Pennies
ANiMAL - Rockshow
James May - On The Line
Meaxic - Take A Step
Traffic Experiment - Sirens""".splitlines()
)
STREAMS = {"drums": 1, "bass": 2, "other": 3, "vocals": 4}  # of a .stem.mp4; stream 0 is the mixture


def stem_file(path: Path) -> np.ndarray:
    """Decode a MUSDB18 ``.stem.mp4`` to [4, 2, samples]."""
    streams = audio.count_audio_streams(path)
    if streams < 5:
        raise TrainingError(f"{path}: not a stem file: {streams} audio streams, expected 5 (mixture, drums, bass, other, vocals)")
    return _stack([audio.decode(path, STREAMS[stem]) for stem in STEMS])


def stem_folder(path: Path) -> np.ndarray:
    """Decode a folder with vocals, drums, bass and other (MUSDB18-HQ: .wav) to [4, 2, samples]."""
    stems = []
    for stem in STEMS:
        found = sorted(path.glob(f"{stem}.*"))
        if not found:
            raise TrainingError(f"{path}: no {stem} file; a song folder holds vocals, drums, bass and other")
        stems.append(audio.decode(found[0]))
    return _stack(stems)


def _stack(stems: list[np.ndarray]) -> np.ndarray:
    length = max(stem.shape[1] for stem in stems)
    return np.stack([np.pad(stem, ((0, 0), (0, length - stem.shape[1]))) for stem in stems])


def _file(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name) + ".npy"


class SetWriter:
    """Adds clips to the set ``name`` of the cache and keeps its index."""

    def __init__(self, name: str):
        self.folder = audio.cache_dir() / "clips" / name
        self.index = self.folder / "index.json"
        self.rows: dict[str, dict] = {row["file"]: row for row in json.loads(self.index.read_text())} if self.index.exists() else {}

    def has(self, name: str) -> bool:
        file = _file(name)
        return file in self.rows and (self.folder / file).exists()

    def add(self, name: str, stems: Iterable[str], make: Callable[[], np.ndarray]) -> None:
        """Keep ``make()`` [stems, 2, samples] under ``name`` unless it is there already."""
        if self.has(name):
            return
        file, clip = _file(name), make()
        audio.save_clip(self.folder / file, clip)
        self.rows[file] = {"file": file, "name": name, "stems": list(stems), "samples": int(clip.shape[-1])}
        partial = self.index.with_suffix(".partial")
        partial.write_text(json.dumps(list(self.rows.values()), indent=1))
        partial.replace(self.index)


def musdb18(root: Path, name: str) -> None:
    """MUSDB18 (``.stem.mp4``) or MUSDB18-HQ (folders of WAV) into the sets NAME-train and NAME-valid."""
    base = root / "train" if (root / "train").is_dir() else root
    songs = sorted(path for path in base.iterdir() if path.name.endswith(".stem.mp4") or path.is_dir()) if base.is_dir() else []
    if not songs:
        raise TrainingError(f"{root}: neither .stem.mp4 files nor song folders found here or in its train/")
    writers = {part: SetWriter(f"{name}-{part}") for part in ("train", "valid")}
    for path in tqdm(songs, unit="song", desc=name, disable=None):
        title = path.name.removesuffix(".stem.mp4")
        decode = stem_folder if path.is_dir() else stem_file
        writers["valid" if title in VALIDATION else "train"].add(title, STEMS, lambda: decode(path))


def grouped_stems(root: Path, name: str) -> None:
    """Files named SONG_STEM.ext: a song without a bass file keeps its bass in ``other``, so only its voice and drums count."""
    writer = SetWriter(name)
    songs: dict[str, dict[str, Path]] = {}
    for path in sorted(root.iterdir()):
        song, _, stem = path.stem.rpartition("_")
        if stem in STEMS:
            songs.setdefault(song, {})[stem] = path
    for song, files in tqdm(songs.items(), unit="song", desc=name, disable=None):
        stems = [stem for stem in STEMS if stem in files and (len(files) == 4 or stem in ("vocals", "drums"))]
        writer.add(song, stems, lambda: _stack([audio.decode(files[stem]) for stem in stems]))


def single_stem(root: Path, name: str, stem: str, minutes: float = 2.0) -> None:
    """Recordings of one stem, joined in their order into clips of about ``minutes``, each levelled to -20 dB RMS."""
    writer = SetWriter(name)
    batch, length, number = [], 0, 0
    paths = sorted(path for path in root.rglob("*") if path.suffix in {".opus", ".ogg", ".wav", ".flac", ".mp3"})
    for path in tqdm(paths, unit="file", desc=name, disable=None):
        take = audio.decode(path)
        level = np.sqrt(np.square(take).mean()) + 1e-9
        batch.append(take * (0.1 / level))
        length += take.shape[1]
        if length >= minutes * 60 * SAMPLE_RATE or path is paths[-1]:
            joined = np.concatenate(batch, axis=1)[None]
            writer.add(f"{name}-{number:03d}", [stem], lambda: joined)
            batch, length, number = [], 0, number + 1


def shared(root: Path) -> None:
    """Everything in DANNA_DATA that has stems (its README describes the folders)."""
    musdb18(root / "musdb18-7", "musdb")
    for name in ("everythingisfree", "patchwerk", "mdb-songs"):
        grouped_stems(root / name, name)
    single_stem(root / "gtsinger", "gtsinger", "vocals")
    single_stem(root / "ravdess-song", "ravdess-song", "vocals")
    single_stem(root / "mir-1k-voice", "mir-1k-voice", "vocals")
    single_stem(root / "mdb-drums", "mdb-drums", "drums")
    groove = root / "mdn-multitrack"
    parts = {"drums": ["drums"], "bass": ["bassguitar"], "other": ["clav", "horns", "leadguitar"]}
    SetWriter("mdn-multitrack").add(
        "groove", parts, lambda: _stack([_stack([audio.decode(groove / f"{file}.mp3") for file in files]).sum(0) for files in parts.values()])
    )


def run(args: argparse.Namespace) -> None:
    if args.kind == "shared":
        shared(args.folder or audio.data_dir())
    elif args.folder is None:
        raise TrainingError(f"{args.kind} needs the folder of the recordings")
    elif args.kind == "musdb18":
        musdb18(args.folder, args.name or "musdb")
    elif args.kind == "stems":
        grouped_stems(args.folder, args.name or args.folder.name)
    else:
        single_stem(args.folder, args.name or args.folder.name, args.kind)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.prepare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("kind", choices=["musdb18", "stems", *STEMS, "shared"], help="musdb18: songs with four stems (.stem.mp4 or folders of WAV); stems: SONG_STEM files; a stem's name: recordings of that stem alone; shared: all of DANNA_DATA")
    p.add_argument("folder", nargs="?", type=Path)
    p.add_argument("--name", help="name of the set in the cache")
    return p


if __name__ == "__main__":
    main(parser(), run)
