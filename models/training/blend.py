"""Fit a blend on a validation set: weights per stem of several models, then the share of the Wiener filter's answer.

Usage: python -m training.blend mine.json --set musdb-valid --model studio-net=FOLDER --model live=FOLDER
       python -m training.blend mine.json --iterations 1
       python -m training.blend mine.json --set musdb-valid --filter PLAIN FILTERED

The folders hold the stems that `danna-sep split --no-add-up --format wav32f` wrote of the set's mixtures (training.stems):
first those of each model, then those of the blend without the filter (after the first step) and with all of it (after the
second). Per stem the weights lie within 0 and 1, sum to one and give the highest signal-to-distortion ratio in dB, mean over
songs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import STEMS
from .cli import main
from .data import Clip, load_set
from .errors import TrainingError
from .evaluate import read_manifest, write_manifest
from .stems import read_stems

RESEARCH = "LicenseRef-research-and-personal-use"


def gram(truth: np.ndarray, estimates: np.ndarray) -> np.ndarray:
    """[4, models, models]: inner products of the models' errors on [4, 2, samples], over the truth's energy."""
    errors = (estimates - truth).astype(np.float64)  # [models, 4, 2, samples]
    energy = np.square(truth.astype(np.float64)).sum((1, 2))
    products = np.einsum("isct,jsct->sij", errors, errors)
    # A stem that is silent in a song says nothing of the weights.
    return np.where(energy[:, None, None] > 1e-3, products / np.maximum(energy, 1e-3)[:, None, None], 0)


def weights(products: np.ndarray) -> np.ndarray:
    """Minimises w'Gw over the weights of 0 to 1 that sum to one, for one stem's G [models, models].

    Active set: the least-squares weights of every subset that has none below zero, and the best of them.
    """
    models = len(products)
    best, least = np.full(models, 1 / models), np.inf
    for subset in range(1, 2**models):
        chosen = [i for i in range(models) if subset >> i & 1]
        part = products[np.ix_(chosen, chosen)] + 1e-12 * np.eye(len(chosen))
        solved = np.linalg.solve(part, np.ones(len(chosen)))
        candidate = np.zeros(models)
        candidate[chosen] = solved / solved.sum()
        error = candidate @ products @ candidate
        if candidate.min() >= 0 and error < least:
            best, least = candidate, error
    return best


def least_distorted(songs: np.ndarray) -> np.ndarray:
    """Minimises the sum of log w'Gw over one stem's songs [songs, models, models], which is the mean SDR's negative.

    Majorise and minimise: least squares in which each song counts by the inverse of its last error.
    """
    w = np.full(songs.shape[-1], 1 / songs.shape[-1])
    for _ in range(100):
        errors = np.einsum("i,nij,j->n", w, songs, w)
        w = weights((songs / np.maximum(errors, 1e-9)[:, None, None]).sum(0))
    return w


def fit(clips: list[Clip], folders: Sequence[Path]) -> np.ndarray:
    """[4, models] weights of the stems that lie in `folders`."""
    songs = []
    for clip in clips:
        truth = np.asarray(clip.audio, np.float32)
        songs.append(gram(truth, np.stack([read_stems(folder, clip) for folder in folders])))
    return np.stack([least_distorted(stem) for stem in np.stack(songs, 1)])


def rounded(row: np.ndarray) -> list[float]:
    """To three places, with the same sum."""
    values = [round(float(value), 3) for value in row]
    values[int(np.argmax(values))] += round(1 - sum(values), 3)
    return [round(value, 3) for value in values]


def run(args: argparse.Namespace) -> None:
    clips = [clip for clip in load_set(args.set) if len(clip.stems) == len(STEMS)] if args.model or args.filter else []
    if args.model:
        folders = dict(part.split("=", 1) for part in args.model if "=" in part)
        if len(folders) != len(args.model):
            raise TrainingError("--model takes NAME=FOLDER, each name once")
        rows = [rounded(row) for row in fit(clips, [Path(folder) for folder in folders.values()])]
        before = read_manifest(args.manifest) if args.manifest.exists() else {}
        blend = {
            "format": 1,
            "kind": "blend",
            "name": args.manifest.stem,
            "models": [{"model": name, "weights": dict(zip(STEMS, column))} for name, column in zip(folders, zip(*rows))],
            "wiener": {"iterations": 0},
            "licence": args.licence or before.get("licence", RESEARCH),
            "trainedOn": args.trained_on or before.get("trainedOn", []),
            "scores": {},
        }
    else:
        blend = read_manifest(args.manifest)
    if args.filter:
        shares = [rounded(row)[1] for row in fit(clips, args.filter)]
        blend["wiener"] = {"iterations": max(1, blend["wiener"]["iterations"]), "weights": dict(zip(STEMS, shares))}
    elif args.iterations is not None:
        blend["wiener"] = {"iterations": args.iterations}
    write_manifest(args.manifest, blend)
    for part in [*blend["models"], {"model": "wiener", "weights": blend["wiener"].get("weights", {})}]:
        print(part["model"].ljust(16), *(f"{stem} {weight:.3f}" for stem, weight in part["weights"].items()))


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.blend", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("manifest", type=Path, help="NAME.json of the blend, written or changed")
    p.add_argument("--set", default="musdb-valid", help="set of the cache with four stems")
    p.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER", help="a model and its stems; once per model")
    p.add_argument("--iterations", type=int, help="rounds of the Wiener filter, at full share")
    p.add_argument("--filter", type=Path, nargs=2, metavar=("PLAIN", "FILTERED"), help="the blend's stems without and with the filter")
    p.add_argument("--licence", help=f"of the blend: the strictest of its models' (default: as before, else {RESEARCH})")
    p.add_argument("--trained-on", action="append", default=[], help="a data set; once per set (default: as before)")
    return p


if __name__ == "__main__":
    main(parser(), run)
