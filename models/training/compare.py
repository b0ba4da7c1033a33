"""Compare models song by song: plain SDR on several sets, and paired differences from the first model with their standard errors.

Usage: python -m training.compare ../live.json runs/live/last.pt --sets musdb-valid held-out

Models are manifests or checkpoints. A difference between two networks is much the same on every song, so paired it shows
with far fewer songs than the averages need. Last, how much of each stem lies above 5 kHz, against the truth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from . import SAMPLE_RATE, STEMS, checkpoint
from .cli import main
from .data import Clip, load_set
from .evaluate import Streamed, sdr
from .export import build, manifest

SILENT_DB = -25.0  # of the mixture: a stem that is quieter is not scored
TREBLE = 5000.0  # Hz


def load(path: Path, threads: int) -> Streamed:
    """The model of a manifest or of a checkpoint, run over many frames at a time: the same numbers, sooner."""
    if path.suffix == ".json":
        return Streamed(path, threads, frames=512)
    net = checkpoint.load_model(path)
    graph = build(net).SerializeToString()
    return Streamed(manifest(net, path.stem, graph, {}, 1), threads, frames=512, graph=graph)


def treble(stem: np.ndarray) -> float:
    """Share of the energy above `TREBLE`, in dB."""
    power = np.square(np.abs(np.fft.rfft(stem))).sum(0)
    first = int(TREBLE / SAMPLE_RATE * stem.shape[-1])
    return 10 * np.log10((power[first:].sum() + 1e-9) / (power.sum() + 1e-9))


def measure(model: Streamed, clip: Clip, gain: float = 1.0) -> np.ndarray:
    """[2, 4]: plain SDR of each stem, and its share of treble less the true one's; NaN where the stem is silent."""
    truth = np.asarray(clip.audio, np.float32)
    mixture = truth.sum(0)
    estimate = model.separate(mixture * gain) / gain
    loud = [10 * np.log10((np.square(stem).sum() + 1e-9) / (np.square(mixture).sum() + 1e-9)) > SILENT_DB for stem in truth]
    rows = [(sdr(t, e), treble(e) - treble(t)) if heard else (np.nan, np.nan) for t, e, heard in zip(truth, estimate, loud)]
    return np.array(rows).T


def spread(values: np.ndarray) -> str:
    """Mean over songs and its standard error."""
    values = values[np.isfinite(values)]
    return f"{values.mean():+.2f} ±{values.std(ddof=1) / len(values) ** 0.5:.2f}" if len(values) > 1 else "-"


def row(name: str, values: np.ndarray, cell=spread) -> str:
    """A line of a table: each stem's values [songs, 4], and each song's mean over its stems."""
    return f"| {name} | " + " | ".join(cell(column) for column in (*values.T, np.nanmean(values, 1))) + " |"


def run(args: argparse.Namespace) -> None:
    gain = 10 ** (args.gain / 20)
    sets = {name: [clip for clip in load_set(name) if len(clip.stems) == len(STEMS)] for name in args.sets}
    scores = []
    for path in args.models:
        model = load(path, args.threads)
        model.carry = args.stream > 0
        for _ in range(args.stream - 1):
            for clip in (clip for clips in sets.values() for clip in clips):
                model.separate(np.asarray(clip.audio, np.float32).sum(0) * gain)
        scores.append({name: np.stack([measure(model, clip, gain) for clip in clips]) for name, clips in sets.items()})
    every = [{**table, "all": np.concatenate(list(table.values()))} for table in scores]
    head = "| | " + " | ".join((*STEMS, "average")) + " |\n|" + "---|" * 6
    for name in (*sets, *(("all",) if len(sets) > 1 else ())):
        print(f"\n{name}: {len(every[0][name])} songs; plain SDR in dB, mean over songs\n\n{head}")
        for path, table in zip(args.models, every):
            print(row(str(path), table[name][:, 0]))
        for path, table in zip(args.models[1:], every[1:]):
            print(row(f"{path} less the first", table[name][:, 0] - every[0][name][:, 0]))
    print(f"\nall: share of energy above {TREBLE / 1000:g} kHz against the true stem's, in dB, median over songs\n\n{head}")
    for path, table in zip(args.models, every):
        print(row(str(path), table["all"][:, 1], lambda column: f"{np.nanmedian(column):+.1f}"))


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("models", type=Path, nargs="+", help="NAME.json of an exported model, or a checkpoint")
    p.add_argument("--sets", nargs="+", default=["musdb-valid"], help="sets of the cache with four stems")
    p.add_argument("--gain", type=float, default=0.0, help="dB by which the mixture is louder than in the set: levels that a model must stand")
    p.add_argument("--stream", type=int, default=0, metavar="ROUNDS", help="play all recordings in one stream, state carried, this many times over; the last time is scored")
    p.add_argument("--threads", type=int, default=1)
    return p


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(parser(), run)
