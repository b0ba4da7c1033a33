"""Train or fine-tune a model.

Usage: python -m training.train --config configs/live.toml --out runs/live
       python -m training.train --config mine.toml --out runs/mine --init live.json
       python -m training.train --config trunk.toml --out runs/cool --branch runs/trunk/last.pt --cooldown 400

Goes on from OUT/last.pt where there is one, exactly as if it had never stopped. Needs sets made by training.prepare.
Several processes share each batch when started with torchrun:
       OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m training.train --config ... --out ...
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import json
import math
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from tqdm import tqdm

from . import SAMPLE_RATE, checkpoint, restore
from .cli import main
from .config import Config, load_config
from .data import Batch, Examples, load_set
from .errors import TrainingError
from .losses import SeparationLoss, spectral_terms
from .model import SpectrumNet, filtered
from .networks import network
from .optimiser import optimisers
from .stft import Stft, complex_of, planar


def keep_memory() -> None:
    """Ask glibc to keep freed memory: large tensors come and go every step and page faults cost a fifth of the time."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # mallopt: M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
            libc.mallopt(option, value)


def learning_rate(config: Config, step: int) -> float:
    """Linear warm-up, then a cosine down to ``final_lr``; or a constant rate, and a straight line down over the last ``cooldown`` steps."""
    t = config.train
    if step < t.warmup:
        return t.lr * (step + 1) / t.warmup
    if t.schedule == "constant":
        left = min(1.0, (t.steps - step) / max(1, t.cooldown)) if t.cooldown else 1.0
        return t.lr * (t.final_lr + (1 - t.final_lr) * left)
    done = min(1.0, (step - t.warmup) / max(1, t.steps - t.warmup))
    return t.lr * (t.final_lr + (1 - t.final_lr) * 0.5 * (1 + math.cos(math.pi * done)))


def share_gradients(model: torch.nn.Module) -> None:
    """Replace each process's gradients by their mean over all processes."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([gradient.numel() for gradient in gradients])):
        gradient.copy_(part.view_as(gradient))


class Trainer:
    """Holds what a checkpoint holds: weights, their moving average, the optimisers and the step number."""

    def __init__(self, config: Config, device: torch.device, compile: bool = False, teacher: SpectrumNet | None = None):
        torch.manual_seed(config.train.seed)
        self.config, self.device, self.step = config, device, 0
        self.model = network(config.model).to(device)
        self.ema = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimisers = optimisers(self.model, config.train)
        self.stft = Stft(config.model.fft_size, config.model.synthesis, config.model.hop).to(device)
        self.loss = SeparationLoss(self.stft, config.train.stem_weights, config.train.spectral_weight, compile).to(device)
        self.teacher = teacher.to(device).requires_grad_(False) if teacher else None
        self.carried: tuple[Tensor, ...] | None = None  # states in which the last examples ended

    def plan(self, step: int) -> tuple[int, int, int]:
        """Batch size, samples and bins of a step: short examples first, then half as many of twice the length."""
        t, m = self.config.train, self.config.model
        late = step >= t.late_from * t.steps
        frames, size = (t.late_frames, max(1, t.batch // 2)) if late else (t.frames, t.batch)
        return size, frames * m.hop, m.fft_size // 2 + 1

    def spectra(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Mixture [T, B, 2, 2, bins], stems [T, B, 4, 2, 2, bins] and known band [B, bins] on the device."""
        stems, eq, band = (torch.from_numpy(array).to(self.device) for array in (batch.stems, batch.eq, batch.band))
        spectra = self.stft.planes(stems, eq)
        return spectra.sum(2), spectra, band

    def first_state(self, size: int) -> tuple[Tensor, ...]:
        """Zeros, or for some examples the state in which the one at their place in the last batch ended."""
        zeros = self.model.initial_state(size, self.device)
        if self.carried is None or any(old.shape != new.shape for old, new in zip(self.carried, zeros)):
            return zeros
        chance = torch.Generator().manual_seed(self.config.train.seed * 1_000_003 + self.step)
        kept = (torch.rand(size, generator=chance) < self.config.train.carry).to(self.device)
        return tuple(part * kept.repeat_interleave(part.shape[1] // size).view(1, -1, *[1] * (part.ndim - 2)) for part in self.carried)

    def compute_loss(self, batch: Batch) -> Tensor:
        mixture, stems, band = self.spectra(batch)
        ahead = self.config.model.lookahead
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            masks, ended = self.model(mixture, self.first_state(mixture.shape[1]))
        masks = masks.float()
        if self.config.train.carry:
            self.carried = tuple(part.detach() for part in ended)
        known_mixture, known_stems = mixture[: len(mixture) - ahead], stems[: len(stems) - ahead]
        loss = self.loss(masks[ahead:], known_mixture, known_stems, band)
        if self.teacher:
            later = self.teacher.config.lookahead  # the teacher's masks come that many frames later
            with torch.no_grad():
                taught, _ = self.teacher(mixture, self.teacher.initial_state(mixture.shape[1], self.device))
            frames = len(mixture) - max(ahead, later)
            pair = (masks[ahead : ahead + frames], taught[later : later + frames].float())
            error = complex_of(pair[0][:, :, 0] - pair[1][:, :, 0]).abs() * complex_of(mixture[:frames]).abs().sqrt()[:, :, None]
            loss = loss + self.config.train.teacher_weight * torch.log(error.mean() + 1e-4)
        return loss

    def update(self, batch: Batch) -> tuple[float, float]:
        """One optimiser step; returns loss and gradient norm."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(self.config, self.step)
        loss = self.compute_loss(batch)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        if dist.is_initialized():
            share_gradients(self.model)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.train.clip)
        if torch.isfinite(norm):
            for optimiser in self.optimisers:
                optimiser.step()
        decay = min(self.config.train.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.ema[name].lerp_(value, 1 - decay)
        self.step += 1
        return float(loss.detach()), float(norm)

    def state(self) -> dict:
        return {"config": self.config.as_dict(), "step": self.step, "model": self.model.state_dict(), "ema": self.ema, "optimisers": [optimiser.state_dict() for optimiser in self.optimisers], "carried": self.carried}

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Fine-tune ``weights`` (of `restore.weights`); what they lack keeps its initial values."""
        self.model.load_state_dict(weights, strict=False)
        self.ema = {name: value.clone() for name, value in self.model.state_dict().items()}

    def restore(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.ema = {name: value.to(self.device) for name, value in state["ema"].items()}
        for optimiser, part in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(part)
        self.carried = state.get("carried")
        self.step = state["step"]


@torch.no_grad()
def validate(trainer: Trainer, clips: list) -> list[float]:
    """Median over songs of plain SDR in dB for each stem, with the averaged weights."""
    hop = trainer.config.model.hop
    model = network(trainer.config.model).to(trainer.device).eval()
    model.load_state_dict(trainer.ema)
    scores = []
    for clip in clips:
        samples = clip.audio.shape[-1] // hop * hop
        stems = torch.from_numpy(clip.audio[..., :samples].astype(np.float32)).to(trainer.device)
        mixture = planar(trainer.stft(stems.sum(0)))[:, None]
        masks, _ = model(mixture, model.initial_state(1, trainer.device))
        ahead = trainer.config.model.lookahead
        masks, mixture = masks[ahead:], mixture[: len(mixture) - ahead]
        estimate = trainer.stft.inverse(complex_of(filtered(masks, mixture)))[0]
        truth = stems[..., : estimate.shape[-1]]
        scores.append(10 * torch.log10(truth.square().sum((1, 2)) / (truth - estimate).square().sum((1, 2)) + 1e-8))
    return torch.stack(scores).median(0).values.tolist()


def run(args: argparse.Namespace) -> None:
    config = load_config(args.config, args.sets.split(",") if args.sets else None)
    device = torch.device(args.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    keep_memory()
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        if config.train.batch % (2 * world):
            raise TrainingError(f"a batch of {config.train.batch} cannot be shared evenly by {world} processes; make it a multiple of {2 * world}")
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    teacher = checkpoint.load_model(args.teacher) if args.teacher else None
    last = args.out / "last.pt"
    start = last if last.exists() or not args.branch else args.branch
    state = checkpoint.load(start) if start.exists() or args.branch else None
    if args.cooldown:
        steps = state["config"]["train"]["steps"] if state and start == last else (state["step"] if state else 0) + args.cooldown
        config = dataclasses.replace(config, train=dataclasses.replace(config.train, steps=steps, cooldown=args.cooldown))
    trainer = Trainer(config, device, args.compile, teacher)
    if state:
        checkpoint.check_config(start, state, config)
        trainer.restore(state)
    elif args.init:
        trainer.start_from(restore.weights(args.init, config.model))
    examples = Examples(config, rank=rank, world=world)
    validation = load_set(args.validation) if args.validation else []
    args.out.mkdir(parents=True, exist_ok=True)
    steps, started = config.train.steps, trainer.step
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    clock = Clock(args.minutes)
    losses, heard = [], 0.0
    with open(args.out / "log.jsonl", "a") as log, tqdm(total=steps, initial=started, unit="step", disable=None if rank == 0 else True) as bar:
        batches = examples.batches(started, trainer.plan)
        while trainer.step < steps and not agreed(bool(stop) or clock.over()):
            batch = next(batches)
            loss, norm = trainer.update(batch)
            losses.append(loss)
            heard += world * batch.stems.shape[0] * batch.stems.shape[-1] / SAMPLE_RATE
            bar.update()
            if rank == 0 and clock.due("log", 60, trainer.step == steps):
                row = {"step": trainer.step, "loss": round(float(np.mean(losses)), 4), "lr": learning_rate(config, trainer.step), "norm": round(norm, 3), "realtime": round(heard / clock.elapsed(), 2)}
                if validation and (trainer.step // args.validate_every > (trainer.step - len(losses)) // args.validate_every or trainer.step == steps):
                    row["sdr"] = [round(value, 2) for value in validate(trainer, validation)]
                print(json.dumps(row), file=log, flush=True)
                losses = []
            if rank == 0 and clock.due("save", args.save_every):
                checkpoint.save(last, trainer.state())
    if rank == 0:
        checkpoint.save(last, trainer.state())
    if dist.is_initialized():
        dist.destroy_process_group()


class Clock:
    """When to log, to save and to stop."""

    def __init__(self, minutes: float | None):
        self.began = time.monotonic()
        self.end = self.began + minutes * 60 if minutes else math.inf
        self.last = {"log": self.began, "save": self.began}

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def over(self) -> bool:
        return time.monotonic() > self.end

    def due(self, what: str, seconds: float, now: bool = False) -> bool:
        if now or time.monotonic() - self.last[what] > seconds:
            self.last[what] = time.monotonic()
            return True
        return False


def agreed(stop: bool) -> bool:
    """True when any process wants to stop, so that all stop after the same step."""
    if not dist.is_initialized():
        return stop
    flag = torch.tensor(int(stop))
    dist.all_reduce(flag, op=dist.ReduceOp.MAX)
    return bool(flag)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--config", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True, help="folder of the run: last.pt and log.jsonl")
    p.add_argument("--sets", help="train on these of the config's sources only, separated by commas: to see what each is worth")
    p.add_argument("--init", type=Path, help="what to fine-tune: a checkpoint, or the NAME.json of an exported model such as ../live.json")
    p.add_argument("--branch", type=Path, help="checkpoint of another run to go on from in a folder of its own, step, optimiser and all")
    p.add_argument("--cooldown", type=int, default=0, help="steps from there over which the rate of a constant schedule goes down")
    p.add_argument("--teacher", type=Path, help="checkpoint of a larger model whose masks to imitate (train.teacher_weight)")
    p.add_argument("--validation", help="set to score while training, for example musdb-valid")
    p.add_argument("--validate-every", type=int, default=500, help="steps between scores")
    p.add_argument("--minutes", type=float, help="stop after this time (a later call goes on)")
    p.add_argument("--save-every", type=float, default=300, help="seconds between checkpoints")
    p.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    p.add_argument("--compile", action="store_true", help="fuse the loss with torch.compile where this recipe's C++ does not compute it, as on CUDA")
    return p


if __name__ == "__main__":
    main(parser(), run)
