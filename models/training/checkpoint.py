"""Checkpoints: everything a run needs to go on exactly where it stopped, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from .config import Config
from .errors import TrainingError
from .model import ModelConfig, SpectrumNet
from .networks import network


def save(path: Path, state: dict) -> None:
    """Write ``state`` to a temporary name beside ``path`` and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise TrainingError(f"cannot write {path}: {error}; the previous checkpoint is untouched") from error


def load(path: Path) -> dict:
    """Read a checkpoint. Raises TrainingError when it is missing, cut off or not one of ours."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise TrainingError(f"{path}: no such checkpoint") from error
    except Exception as error:  # torch raises many types for a damaged file
        raise TrainingError(f"{path}: not a readable checkpoint ({error.__class__.__name__})") from error
    if not isinstance(state, dict) or "config" not in state or "ema" not in state:
        raise TrainingError(f"{path}: not a checkpoint of this recipe")
    return state


def check_config(path: Path, state: dict, config: Config) -> None:
    """Refuse to resume under another config; ``steps`` and ``cooldown`` may change, and so may ``sources`` and ``augment`` of a longer run."""
    for section, old in state["config"].items():
        new = config.as_dict().get(section)
        if section == "train":
            old, new = ({k: v for k, v in table.items() if k not in ("steps", "cooldown")} for table in (old, new))
        if old != new and section not in ("card", "sources", "augment"):
            raise TrainingError(f"{path} was made with another [{section}]; use its config, another --out, or --init to fine-tune from it")


def load_model(path: Path, weights: str = "ema") -> SpectrumNet:
    """The network of a checkpoint with its averaged (``ema``) or raw (``model``) weights, in evaluation mode."""
    state = load(path)
    model = network(ModelConfig(**state["config"]["model"]))
    model.load_state_dict(state[weights])
    return model.eval()
