"""The time-recurrent layer: nn.GRU, with a fused time loop on the CPU where a C++ compiler is at hand.

nn.GRU on a CPU spends most of its time dispatching small operations step by step. The fused loop gives the same
numbers (a test compares them) about three times faster; without a compiler training still runs, on nn.GRU itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import native


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx, gates: Tensor, state: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        out, saved = native.extension().gru_forward(gates.contiguous(), state.contiguous(), weight.contiguous(), bias.contiguous())
        ctx.save_for_backward(out, saved, state, weight)
        return out

    @staticmethod
    def backward(ctx, grad: Tensor):
        out, saved, state, weight = ctx.saved_tensors
        dgates, dhidden, dstate = native.extension().gru_backward(grad.contiguous(), out, saved, state.contiguous(), weight.contiguous())
        previous = torch.cat([state[None], out[:-1]]).flatten(0, 1)
        flat = dhidden.flatten(0, 1)
        return dgates, dstate, flat.t() @ previous, flat.sum(0)


class TimeGRU(nn.GRU):
    """One causal GRU layer over [time, rows, channels] with explicit state [rows, channels]."""

    def __init__(self, channels: int):
        super().__init__(channels, channels)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled() and native.usable(x, state):
            gates = nn.functional.linear(x, self.weight_ih_l0, self.bias_ih_l0)
            out = _Fused.apply(gates, state, self.weight_hh_l0, self.bias_hh_l0)
            return out, out[-1]
        out, last = super().forward(x, state[None])
        return out, last[0]
