"""Muon: momentum whose matrix updates are orthogonalised, with AdamW for everything that is not a matrix.

After Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024); the update is scaled to the size of
AdamW's (Liu et al., "Muon is scalable for LLM training", 2025, equation 4), so one learning rate serves both.
"""

from __future__ import annotations

import torch
from torch import Tensor


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrices of [..., rows, columns], by a quintic Newton-Schulz iteration."""
    wide = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if wide else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if wide else x


class Muon(torch.optim.Optimizer):
    """For parameters that are matrices or stacks of matrices. ``stacked`` maps a parameter to its number of stacked
    matrices along the first axis (a GRU's weight holds three)."""

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "stacked": 1})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                direction = parameter.grad.lerp(momentum, group["momentum"])  # Nesterov
                matrices = direction.unflatten(0, (group["stacked"], -1)) if parameter.ndim == 2 else direction
                scale = 0.2 * max(matrices.shape[-2:]) ** 0.5
                update = orthogonalise(matrices).reshape(parameter.shape)
                parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * scale)
