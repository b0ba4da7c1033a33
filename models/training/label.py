"""Label recordings with the teacher: split each into four stems and keep them as clips in the cache.

Usage: python -m training.label --set cc-songs [--seconds 60] [--shard 0/2]
       python -m training.label --set songs --folder DIR --at 0.3 0.55 0.8 --seconds 7.8 --overlap 0

Resumable: an excerpt that is already labelled is skipped. With --at all recordings get their first excerpt, then all their
second, and so on: an interrupted run has heard every song. About 1.5 s of one CPU core per second of music.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from . import audio
from .cli import main
from .errors import TrainingError
from .teacher import RUNTIMES, Teacher, fetch

EXTENSIONS = {".opus", ".ogg", ".mp3", ".flac", ".wav", ".m4a", ".mp4"}


def recordings(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS)
    if not found:
        raise TrainingError(f"{folder}: no recordings ({', '.join(sorted(EXTENSIONS))}) found")
    return found


def run(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    folder = args.folder or audio.data_dir() / args.set
    todo = recordings(folder)
    random.Random(0).shuffle(todo)  # an interrupted run has seen something of everything
    part, parts = (int(number) for number in args.shard.split("/"))
    teacher = Teacher(args.teacher or fetch(audio.cache_dir()), args.threads, args.runtime)
    excerpts = [(path, place) for place in args.at or [None] for path in todo[part::parts]]
    for path, place in tqdm(excerpts, unit="excerpt", disable=None):
        name = path.relative_to(folder).with_suffix("").as_posix().replace("/", "_") + ("" if place is None else f"@{place:g}")
        target = audio.cache_dir() / "labels" / args.set / f"{name}.npy"
        if target.exists():
            continue
        try:
            start = args.start if place is None else place * audio.duration(path)
            mix = audio.decode(path, start=start, seconds=args.seconds)
        except TrainingError as error:  # one bad file must not stop a run of hours
            tqdm.write(f"skipped: {error}", file=sys.stderr)
            continue
        audio.save_clip(target, teacher.split(mix, args.overlap))


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.label", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--set", required=True, help="name under which the labels are kept; also the folder below DANNA_DATA")
    p.add_argument("--folder", type=Path, help="folder of recordings, where it is not DANNA_DATA/SET")
    p.add_argument("--start", type=float, default=0.0, help="seconds to skip in each recording")
    p.add_argument("--at", type=float, nargs="+", metavar="PLACE", help="label one excerpt from each of these places of a recording (0: its start, 1: its end) instead of one from --start")
    p.add_argument("--seconds", type=float, help="seconds to label of each excerpt (default: all)")
    p.add_argument("--overlap", type=float, default=0.25, help="overlap of the teacher's 7.8 s segments")
    p.add_argument("--shard", default="0/1", help="I/N: take every N-th recording from I, to run several processes")
    p.add_argument("--teacher", type=Path, help="path of htdemucs.onnx (default: fetched once into the cache)")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--runtime", choices=RUNTIMES, default=RUNTIMES[0], help="openvino (pip install openvino) takes a third of the time on a processor with bfloat16")
    return p


if __name__ == "__main__":
    main(parser(), run)
