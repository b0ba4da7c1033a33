"""The time-recurrent layer: nn.GRU, with a fused time loop on the CPU where a C++ compiler is at hand.

nn.GRU on a CPU spends most of its time dispatching small operations step by step. The fused loop gives the same
numbers (a test compares them) several times faster; without a compiler training still runs, on nn.GRU itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import native


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, state: Tensor, reverse: bool, *weights: Tensor) -> Tensor:
        x, state, (input, recurrent, *biases) = x.contiguous(), state.contiguous(), (weight.contiguous() for weight in weights)
        out, saved = native.extension().gru_forward(x, state, input, recurrent, *biases, reverse)
        ctx.save_for_backward(out, saved, x, state, input, recurrent)
        ctx.reverse = reverse
        return out

    @staticmethod
    def backward(ctx, grad: Tensor):
        x, state, *weights = native.extension().gru_backward(grad.contiguous(), *ctx.saved_tensors, ctx.reverse)
        return x, state, None, *weights


class TimeGRU(nn.GRU):
    """One causal GRU layer over [time, rows, channels] with explicit state [rows, channels]."""

    def __init__(self, channels: int):
        super().__init__(channels, channels)

    def forward(self, x: Tensor, state: Tensor, reverse: bool = False) -> tuple[Tensor, Tensor]:
        """The output at every step and the state after the last one; ``reverse`` runs from the last step to the first."""
        if torch.is_grad_enabled() and native.usable(x, state):
            out = _Fused.apply(x, state, reverse, self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)
            return out, out[0 if reverse else -1]
        out, last = super().forward(x.flip(0) if reverse else x, state[None])
        return out.flip(0) if reverse else out, last[0]
