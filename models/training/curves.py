"""Draw what runs of training.train have logged: the loss, and the scores on the validation songs.

Usage: python -m training.curves runs/live --out curves.svg
       python -m training.curves runs/first,runs/second runs/other --out curves.svg

Runs joined by commas are one line: each goes on where the one before it ended (--init). Losses of different configs
do not compare, scores do.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .cli import main
from .errors import TrainingError


def read_chain(folders: list[Path]) -> list[dict]:
    """The log's rows of runs that follow each other, with steps counted on. Raises TrainingError where there is no log."""
    rows, offset = [], 0
    for folder in folders:
        path = folder / "log.jsonl"
        try:
            logged = [json.loads(line) for line in path.read_text().splitlines()]
            rows += [{**row, "step": offset + row["step"]} for row in logged]
        except OSError as error:
            raise TrainingError(f"{path}: {error.strerror}; name folders that training.train has written to") from error
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{path}: not a log of training.train") from error
        offset = rows[-1]["step"] if rows else 0
    if not rows:
        raise TrainingError(f"{folders[-1] / 'log.jsonl'}: nothing logged yet")
    return rows


def run(args: argparse.Namespace) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "danna-sep"  # the same picture is the same file
    from matplotlib import pyplot

    chains = [[Path(name) for name in names.split(",")] for names in args.runs]
    figure, (losses, scores) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for chain in chains:
        rows = read_chain(chain)
        name = " + ".join(folder.name for folder in chain)
        losses.plot([row["step"] for row in rows], [row["loss"] for row in rows], label=name, linewidth=1)
        scored = [row for row in rows if "sdr" in row]
        scores.plot([row["step"] for row in scored], [sum(row["sdr"]) / len(row["sdr"]) for row in scored], "o-", label=name, linewidth=1, markersize=3)
    losses.set(xlabel="updates", ylabel="training loss")
    scores.set(xlabel="updates", ylabel="validation: plain SDR in dB,\nmedian over songs, mean of stems")
    for axes in (losses, scores):
        axes.grid(alpha=0.3)
    losses.legend()
    figure.savefig(args.out, format="svg", metadata={"Date": None})


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.curves", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("runs", nargs="+", help="folders of runs; joined by commas where one goes on from the other")
    p.add_argument("--out", type=Path, required=True, help="SVG file to write")
    return p


if __name__ == "__main__":
    main(parser(), run)
