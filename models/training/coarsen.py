"""Round the weights of exported models, so that they take half the bytes when they are packed; nothing else changes.

Usage: python -m training.coarsen live.json karaoke.json --step 0.0625

Every matrix becomes multiples of one power of two, the nearest to ``--step`` times the root mean square of its values, with
which some six bits a weight are left to say. Where a matrix makes masks that sum to one over the stems, they still do.
Both files are written anew, NAME.json with the other's length and hash.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from .cli import main
from .errors import TrainingError

LEAST = 2048  # values: smaller matrices would save nothing
BALANCED = 1e-5  # of the root mean square: what rounding to float32 leaves of a sum that is zero


def coarse(weights: np.ndarray, share: float, stems: int) -> np.ndarray:
    """``weights`` [..., outputs] in multiples of a power of two near ``share`` of their root mean square.

    Where they sum to zero over ``stems`` equal parts of the outputs, the result does so exactly.
    """
    size = np.sqrt(np.square(weights, dtype=np.float64).mean())
    step = 2.0 ** np.round(np.log2(share * size))
    steps = weights / step
    rounded = np.round(steps)
    if weights.shape[-1] % stems == 0:
        parts = steps.reshape(*steps.shape[:-1], stems, -1)
        if np.abs(parts.sum(-2)).max() * step < BALANCED * size:
            rounded = _balanced(parts).reshape(steps.shape)
    return (rounded * step).astype(weights.dtype)


def _balanced(parts: np.ndarray) -> np.ndarray:
    """Whole numbers that sum to zero over the last axis but one, as ``parts`` do: those that were rounded furthest give way."""
    rounded = np.round(parts)
    while (excess := rounded.sum(-2, keepdims=True)).any():
        furthest = np.argmax((rounded - parts) * np.sign(excess), axis=-2, keepdims=True)
        np.put_along_axis(rounded, furthest, np.take_along_axis(rounded, furthest, -2) - np.sign(excess), -2)
    return rounded


def run(args: argparse.Namespace) -> None:
    for path in args.manifests:
        try:
            manifest = json.loads(path.read_text())
            file = path.parent / manifest["file"]
            model = onnx.load(file)
        except (OSError, ValueError, KeyError) as error:
            raise TrainingError(f"{path}: not a readable manifest with its .onnx beside it ({error})") from error
        before = file.stat().st_size
        for tensor in model.graph.initializer:
            weights = numpy_helper.to_array(tensor)
            if weights.dtype.kind == "f" and weights.ndim > 1 and weights.size >= LEAST and weights.any():
                tensor.CopyFrom(numpy_helper.from_array(coarse(weights, args.step, len(manifest["stems"])), tensor.name))
        blob = model.SerializeToString()
        manifest |= {"bytes": len(blob), "sha256": hashlib.sha256(blob).hexdigest()}
        for target, content in ((file, blob), (path, (json.dumps(manifest, indent=2) + "\n").encode())):
            partial = target.with_name(target.name + ".partial")
            partial.write_bytes(content)
            partial.replace(target)
        print(f"{file}: {before} to {len(blob)} bytes, weights rounded")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.coarsen", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("manifests", nargs="+", type=Path, help="NAME.json with NAME.onnx beside it; both are written anew")
    p.add_argument("--step", type=float, default=0.0625, help="share of a matrix's root mean square that its weights are rounded to (default: %(default)s)")
    return p


if __name__ == "__main__":
    main(parser(), run)
