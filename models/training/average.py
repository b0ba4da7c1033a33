"""Average the weights of checkpoints along one training run: steadier on unseen songs than its end alone.

Usage: python -m training.average runs/live/early.pt=0.3 runs/live/last.pt=0.7 --out runs/live/average.pt

After Wortsman et al., "Robust fine-tuning of zero-shot models" (2022): all checkpoints must descend from one another.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from . import checkpoint, restore
from .cli import main
from .errors import TrainingError
from .model import ModelConfig


def run(args: argparse.Namespace) -> None:
    paths, shares = [], []
    for item in args.checkpoints:
        name, _, share = item.rpartition("=")
        try:
            shares.append(float(share))
        except ValueError as error:
            raise TrainingError(f"{item}: write PATH=SHARE, for example last.pt=0.7") from error
        paths.append(Path(name))
    if abs(sum(shares) - 1) > 1e-6:
        raise TrainingError(f"the shares add up to {sum(shares):g}, not 1")
    last = checkpoint.load(paths[-1])
    config = ModelConfig(**last["config"]["model"])
    states = [*(restore.weights(path, config) for path in paths[:-1]), last["ema"]]
    if any(state.keys() != states[-1].keys() for state in states):
        raise TrainingError("the checkpoints hold networks of different sizes")
    ema = {name: sum(share * state[name] for share, state in zip(shares, states)) for name in last["ema"]}
    checkpoint.save(args.out, {"config": last["config"], "step": last["step"], "model": ema, "ema": ema})


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.average", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoints", nargs="+", help="PATH=SHARE of checkpoints, before the last also NAME.json of exported models; the shares add up to 1")
    p.add_argument("--out", type=Path, required=True)
    return p


if __name__ == "__main__":
    main(parser(), run)
