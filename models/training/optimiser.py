"""The optimisers of a network: AdamW for all of it, or Muon for its matrices and AdamW for the rest.

Muon (Jordan et al., 2024) gives the singular values of every matrix's update the same size. Its steps are scaled to the
size of AdamW's (Liu et al., "Muon is Scalable for LLM Training", 2025), so one learning rate serves both.
"""

from __future__ import annotations

from torch import nn, optim

from .config import TrainConfig


def optimisers(model: nn.Module, config: TrainConfig) -> list[optim.Optimizer]:
    """The optimisers that together hold each parameter of ``model`` once; biases and gains are not decayed."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    matrices = [p for p in decayed if p.ndim == 2] if config.optimiser == "muon" else []
    other = [p for p in decayed if p.ndim > 2 or not matrices]
    groups = [{"params": other, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    adamw = optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.98))
    if not matrices:
        return [adamw]
    return [adamw, optim.Muon(matrices, lr=config.lr, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw")]
