"""Score a model on a validation set: museval's BSS Eval v4 and plain SDR, with floor and ceiling beside it.

Usage: python -m training.evaluate ../live.json --set musdb-valid [--write]
       python -m training.evaluate ../studio.json --set musdb-valid --stems FOLDER [--write]

With --stems the estimates are the files that `danna-sep split` wrote of the set's mixtures (see training.stems), which
scores blends and add-ons, too; else the ONNX runs here, frame by frame as it does live. The floor is the mixture itself as the estimate of every stem, the
ceiling the ideal ratio mask (magnitudes, Liutkus & Badeau 2015 with alpha = 1) under the same windows. Museval's figure is
the median over 1 s frames, then over songs; silent frames do not count.
"""

from __future__ import annotations

import argparse
import json
import logging
import warnings
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import SAMPLE_RATE, STEMS
from .cli import main
from .data import load_set
from .errors import TrainingError
from .stems import read_stems
from .stft import Stft

COLUMNS = (*STEMS, "accompaniment")


def read_manifest(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: not a readable manifest ({error})") from error


def write_manifest(path: Path, manifest: dict) -> None:
    """Writes it whole or not at all (temporary name, then rename)."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(manifest, indent=2) + "\n")
    partial.replace(path)


class Streamed:
    """An exported model run ``frames`` at a time (live: one), state carried from run to run. ``graph``: the model itself, else its manifest names it."""

    def __init__(self, manifest: Path | dict, threads: int = 1, frames: int = 1, graph: bytes | None = None):
        import onnxruntime

        self.manifest = m = read_manifest(manifest) if isinstance(manifest, Path) else manifest
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(graph or str(manifest.parent / m["file"]), options)
        self.frames, self.carry = frames, False  # carry: every recording begins in the state in which the last one ended
        self.states = {row["input"]: np.zeros(row["shape"], np.float32) for row in m["state"]}
        self.stft = Stft(m["fftSize"], m["synthesisWindow"], m["hop"])

    def output(self, spectrum: np.ndarray) -> np.ndarray:
        """[frames, 2, bins, 2] to masks or spectra [frames, 4, 2, bins, 2]; a model of whole segments sees all frames at once."""
        if "segment" in self.manifest:
            return self.session.run([self.manifest["output"]["name"]], {self.manifest["input"]["name"]: spectrum})[0]
        states = self.states if self.carry else {name: np.zeros_like(value) for name, value in self.states.items()}
        names = [self.manifest["output"]["name"], *(row["output"] for row in self.manifest["state"])]
        out = []
        for frame in range(0, len(spectrum), self.frames):
            some, *new = self.session.run(names, {self.manifest["input"]["name"]: spectrum[frame : frame + self.frames], **states})
            states = {row["input"]: value for row, value in zip(self.manifest["state"], new)}
            out.append(some)
        self.states = states
        return np.concatenate(out)

    def separate(self, mixture: np.ndarray) -> np.ndarray:
        """[2, samples] to [4, 2, samples], latency removed."""
        hop, ahead, samples = self.manifest["hop"], self.manifest["lookahead"], mixture.shape[-1]
        hops = -(-samples // hop) + 1 + ahead  # one more frame completes the last hop
        spectrum = self.stft(torch.from_numpy(np.pad(mixture, ((0, 0), (0, hops * hop - samples)))))
        output = torch.view_as_complex(torch.from_numpy(self.output(torch.view_as_real(spectrum).numpy())))[ahead:]
        if self.manifest["output"]["kind"] == "mask":
            output = output * spectrum[: len(output), None]
        return self.stft.inverse(output)[..., :samples].numpy()


def ideal_ratio_masks(stft: Stft, stems: np.ndarray) -> np.ndarray:
    """Estimates of [4, 2, samples] with each bin of the mixture shared out by the stems' true magnitudes."""
    samples = stems.shape[-1]
    padded = torch.from_numpy(np.pad(stems, ((0, 0), (0, 0), (0, -samples % stft.hop + stft.hop))))
    true = stft(padded)
    share = true.abs() / (true.abs().sum(1, keepdim=True) + 1e-9)
    return stft.inverse(share * true.sum(1, keepdim=True))[..., :samples].numpy()


def sdr(truth: np.ndarray, estimate: np.ndarray) -> float:
    """Plain SDR in dB over a whole song: energy of the truth over energy of the difference; NaN where the truth is silent."""
    if not truth.any():
        return float("nan")
    return float(10 * np.log10((np.square(truth).sum() + 1e-9) / (np.square(truth - estimate).sum() + 1e-9)))


def bss_eval(truth: np.ndarray, estimate: np.ndarray) -> list[float]:
    """Museval SDR (v4, 1 s frames, median over frames) of each source of [sources, 2, samples]; NaN where the source is silent."""
    import museval

    order = (0, 2, 1)
    heard = np.abs(truth).max((1, 2)) > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames, *_ = museval.evaluate(truth[heard].transpose(order), estimate[heard].transpose(order), win=SAMPLE_RATE, hop=SAMPLE_RATE, mode="v4", padding=True)
    result = np.full(len(truth), np.nan)
    result[heard] = [np.nanmedian(np.where(np.isfinite(row), row, np.nan)) for row in frames]
    return result.tolist()


def score(truth: np.ndarray, estimate: np.ndarray, accompaniment: np.ndarray | None = None) -> dict[str, list[float]]:
    """Museval and plain SDR of the four stems and the accompaniment of one song.

    The accompaniment is the mixture minus the vocals unless another estimate [2, samples] is given.
    """
    pair = np.stack((truth[0], truth[1:].sum(0)))
    if accompaniment is None:
        accompaniment = truth.sum(0) - estimate[0]
    return {
        "museval": [*bss_eval(truth, estimate), bss_eval(pair, np.stack((estimate[0], accompaniment)))[1]],
        "sdr": [*(sdr(t, e) for t, e in zip(truth, estimate)), sdr(pair[1], accompaniment)],
    }


def over_songs(rows: list[dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """Median over songs of each figure, and the average of the four stems."""
    table = {}
    for metric in ("museval", "sdr"):
        values = np.nanmedian(np.array([row[metric] for row in rows]), axis=0)
        table[metric] = {name: round(float(value), 2) for name, value in zip(COLUMNS, values)}
        table[metric]["average"] = round(float(values[:4].mean()), 2)
    return table


def markdown(scores: dict[str, dict]) -> str:
    """The table of the card and the README."""
    lines = ["| | metric | vocals | drums | bass | other | average | accompaniment |", "|---|---|---|---|---|---|---|---|"]
    for name, table in scores.items():
        for metric, label in (("museval", "museval SDR"), ("sdr", "plain SDR")):
            row = table[metric]
            lines.append(f"| {name} | {label} | " + " | ".join(f"{row[key]:.2f}" for key in (*STEMS, "average", "accompaniment")) + " |")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.ERROR)
    torch.set_num_threads(args.threads)
    model = None if args.stems else Streamed(args.manifest, args.threads)
    manifest = model.manifest if model else read_manifest(args.manifest)
    windows = model.stft if model else Stft(2048, 1024, 512)
    rows: dict[str, list[dict]] = {name: [] for name in (manifest["name"], *(() if args.quick else ("mixture", "ideal ratio mask")))}
    for clip in tqdm(load_set(args.set)[: args.songs], unit="song", disable=None):
        stems = np.asarray(clip.audio, np.float32)
        mixture = stems.sum(0)
        estimates = [(model.separate(mixture) if model else read_stems(args.stems, clip), None)]
        if not args.quick:
            estimates += [(np.repeat(mixture[None], 4, 0), mixture), (ideal_ratio_masks(windows, stems), None)]
        for name, estimate in zip(rows, estimates):
            rows[name].append(score(stems, *estimate))
    scores = {name: over_songs(songs) for name, songs in rows.items()}
    print(markdown(scores))
    if args.write:
        songs = len(next(iter(rows.values())))
        write_manifest(args.manifest, {**manifest, "scores": {"set": args.set, "songs": songs, **scores}})


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("manifest", type=Path, help="NAME.json of the model")
    p.add_argument("--set", default="musdb-valid", help="set of the cache with four stems")
    p.add_argument("--stems", type=Path, help="folder of the stems that the command wrote")
    p.add_argument("--songs", type=int, help="only the first N songs")
    p.add_argument("--quick", action="store_true", help="without floor and ceiling")
    p.add_argument("--write", action="store_true", help="put the scores into the manifest")
    p.add_argument("--threads", type=int, default=1)
    return p


if __name__ == "__main__":
    main(parser(), run)
