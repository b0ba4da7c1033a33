"""The optimisers of a network: AdamW for all of it, or Muon for its matrices and AdamW for the rest.

Muon (Jordan et al., 2024) gives the singular values of every matrix's update the same size. Its steps are scaled to the
size of AdamW's (Liu et al., "Muon is Scalable for LLM Training", 2025), so one learning rate serves both.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from .config import TrainConfig
from .linear import product

QUINTIC = (3.4445, -4.7750, 2.0315)  # Jordan et al.'s coefficients, as torch.optim.Muon has them


def orthogonal(matrix: Tensor, iterations: int = 5) -> Tensor:
    """``matrix`` with all its singular values brought near one, by Newton-Schulz iterations in its own precision."""
    a, b, c = QUINTIC
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.t()
    wide = wide.contiguous() / wide.norm().clamp(min=1e-7)
    for _ in range(iterations):
        gram = product(wide, wide.t())
        wide = product(product(gram, gram).mul_(c).add_(gram, alpha=b), wide).add_(wide, alpha=a)
    return wide if wide.shape == matrix.shape else wide.t()


class PreciseMuon(optim.Muon):
    """torch's Muon, but for its bfloat16: 12 times as slow as float32 on processors without bfloat16 products."""

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                momentum = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                momentum.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(momentum, group["momentum"]))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update, alpha=-group["lr"] * 0.2 * max(p.shape) ** 0.5)


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
    muon = optim.Muon if matrices[0].is_cuda else PreciseMuon
    return [adamw, muon(matrices, lr=config.lr, weight_decay=config.weight_decay, adjust_lr_fn="match_rms_adamw")]
