"""nn.Linear with products of its own on the CPU: the same numbers, on processors that MKL treats badly twice as fast."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import native


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        rows, weight = x.reshape(-1, x.shape[-1]).contiguous(), weight.contiguous()
        ctx.save_for_backward(rows, weight)
        ctx.biased, ctx.shape = bias is not None, x.shape
        return native.extension().linear_forward(rows, weight, bias.contiguous() if ctx.biased else None).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, grad: Tensor):
        rows, weight = ctx.saved_tensors
        dx, dweight, dbias = native.extension().linear_backward(grad.reshape(len(rows), -1).contiguous(), rows, weight, ctx.needs_input_grad[0])
        return dx.view(ctx.shape) if ctx.needs_input_grad[0] else None, dweight, dbias if ctx.biased else None


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [..., inputs] times the transpose of weight [outputs, inputs], and bias."""
    if torch.is_grad_enabled() and native.usable(x, weight):
        return _Product.apply(x, weight, bias)
    return nn.functional.linear(x, weight, bias)


class Linear(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)
