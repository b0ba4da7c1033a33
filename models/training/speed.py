"""Measure the training step: seconds of audio a second, multiply-accumulates, share of the processor's peak.

Usage: python -m training.speed
       python -m training.speed --against ../../older-checkout

One process of one thread a core trains on noise, as separate runs do. With --against the same is measured with another
checkout's code in turn, pair by pair, so that whatever else the machine does disturbs both; both train the network of the
other checkout's configs. This file is also the worker process, which imports the package of the checkout that it measures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from training.cli import main
from training.errors import TrainingError

HERE = Path(__file__).resolve().parents[1]  # models/ of this checkout
PASSES = 3  # forward, the gradients of the layers' inputs and those of the weights: a product each


class Worker:
    """A process that takes training steps on request with the code in ``models``, a checkout's folder of that name."""

    def __init__(self, models: Path, config: Path):
        environment = {**os.environ, "PYTHONPATH": str(models), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-P", __file__, "--worker", "--config", str(config)]
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.models = models

    def ask(self, what: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # `answer` says that it ended
            print(what, file=self.process.stdin, flush=True)

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise TrainingError(f"the worker with the code in {self.models} ended before it answered; its own message stands above")
        return json.loads(line)

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def together(workers: list[Worker], what: str) -> list[dict]:
    """Ask all workers at once; they run side by side."""
    for worker in workers:
        worker.ask(what)
    return [worker.answer() for worker in workers]


def work(config_path: Path) -> None:
    """The worker: a line of JSON for each line of standard input, "size", "step" or "peak"."""
    import numpy as np
    import torch

    from training import SAMPLE_RATE
    from training.config import load_config
    from training.data import Batch
    from training.train import Trainer, keep_memory

    keep_memory()
    config = load_config(config_path)
    trainer = Trainer(config, torch.device("cpu"))
    torch.manual_seed(0)
    with torch.no_grad():
        for _, value in sorted(trainer.model.named_parameters()):  # the same weights, in whatever order a checkout draws them
            value.copy_(torch.randn(value.shape) * 0.1)
    size, samples, bins = trainer.plan(0)
    noise = np.random.default_rng(0).standard_normal((size, 4, 2, samples), np.float32) * 0.05
    batch = Batch(noise, np.ones((size, 4, bins), np.float32), np.ones((size, bins), np.float32))

    def timed(run) -> tuple[dict, object]:
        wall, cpu = time.perf_counter(), time.process_time()
        result = run()
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}, result

    def peak() -> dict:
        """The fastest of some large products, by torch and by this recipe's own, in multiply-accumulates a processor second."""
        from training import native

        left, right = torch.randn(4096, 512), torch.randn(512, 512)
        products = [lambda: left @ right]
        if native.extension():
            products.append(lambda: native.extension().linear_forward(left[:, None], right, None))
        return {"peak": max(left.shape[0] * right.numel() / timed(run)[0]["cpu"] for run in products for _ in range(5))}

    for line in sys.stdin:
        if line.strip() == "size":
            macs = PASSES * trainer.model.multiply_accumulates() * size * (samples // config.model.hop)
            answer = {"seconds": size * samples / SAMPLE_RATE, "macs": macs}
        elif line.strip() == "peak":
            answer = peak()
        else:
            answer, (loss, _) = timed(lambda: trainer.update(batch))
            answer["loss"] = loss
        print(json.dumps(answer), flush=True)


def measure(models: list[Path], config: Path, processes: int, pairs: int) -> list[dict]:
    """For each checkout: medians over ``pairs`` turns, with what each turn gave."""
    crews = [[Worker(folder, config) for _ in range(processes)] for folder in models]
    try:
        sizes = [together(crew, "size")[0] for crew in crews]
        first = [together(crew, "step")[0]["loss"] for crew in crews]  # compiles, and fills the memory
        turns: list[list[list[dict]]] = [[] for _ in crews]
        peaks = []
        for _ in range(pairs):
            peaks += [answer["peak"] for answer in together(crews[0], "peak")]
            for crew, turn in zip(crews, turns):
                turn.append(together(crew, "step"))
    finally:
        for crew in crews:
            for worker in crew:
                worker.close()
    results = []
    for size, loss, turn in zip(sizes, first, turns):
        wall = [processes * size["seconds"] / max(step["wall"] for step in steps) for steps in turn]
        cpu = [processes * size["seconds"] / statistics.mean(step["cpu"] for step in steps) for steps in turn]
        macs = statistics.median(cpu) / processes / size["seconds"] * size["macs"]
        results.append({"wall": wall, "cpu": cpu, "gmacs": macs / 1e9, "share": macs / max(peaks), "peak": max(peaks) / 1e9, "loss": loss})
    return results


def run(args: argparse.Namespace) -> None:
    if args.worker:
        return work(args.config[0])
    models = [HERE]
    if args.against:
        models.append(args.against.resolve() / "models")
        if not (models[1] / "training" / "train.py").exists():
            raise TrainingError(f"{args.against} is no checkout of the recipe: models/training/train.py is not in it")
    configs = args.config or [models[-1] / "training" / "configs" / f"{name}.toml" for name in ("live", "studio-net")]
    for config in configs:
        results = measure(models, config.resolve(), args.processes, args.pairs)
        print(f"{config.stem}, {args.processes} processes of one thread, median of {args.pairs} turns; peak of a core {results[0]['peak']:.0f} GMAC/s")
        for folder, result in zip(models, results):
            print(
                f"  {folder.parent.name}: {statistics.median(result['wall']):.1f} s of audio a second ({statistics.median(result['cpu']):.1f} by processor time), "
                f"{result['gmacs']:.1f} GMAC/s a core, {result['share']:.0%} of the peak; loss of the first step {result['loss']:.5f}"
            )
        if len(results) > 1:
            for name, key in (("time", "wall"), ("processor time", "cpu")):
                ratios = [ours / theirs for ours, theirs in zip(results[0][key], results[1][key])]
                print(f"  {statistics.median(ratios):.2f} times as fast by {name}, {min(ratios):.2f} to {max(ratios):.2f} over the pairs")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--config", type=Path, nargs="+", help="configs to train with (default: live and studio-net)")
    p.add_argument("--against", type=Path, help="another checkout to measure in turn with this one")
    p.add_argument("--pairs", type=int, default=7, help="turns to take the median of")
    p.add_argument("--processes", type=int, default=os.cpu_count(), help="how many train at once (default: one a core)")
    p.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return p


if __name__ == "__main__":
    main(parser(), run)
