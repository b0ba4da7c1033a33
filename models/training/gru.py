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
    def forward(ctx, x: Tensor, state: Tensor, *weights: Tensor) -> Tensor:
        x, state, (input, recurrent, *biases) = x.contiguous(), state.contiguous(), (weight.contiguous() for weight in weights)
        out, saved = native.extension().gru_forward(x, state, input, recurrent, *biases)
        ctx.save_for_backward(out, saved, x, state, input, recurrent)
        return out

    @staticmethod
    def backward(ctx, grad: Tensor):
        return native.extension().gru_backward(grad.contiguous(), *ctx.saved_tensors)


class TimeGRU(nn.GRU):
    """One causal GRU layer over [time, rows, channels] with explicit state [rows, channels]."""

    def __init__(self, channels: int):
        super().__init__(channels, channels)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled() and native.usable(x, state):
            out = _Fused.apply(x, state, self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0)
            return out, out[-1]
        out, last = super().forward(x, state[None])
        return out, last[0]
