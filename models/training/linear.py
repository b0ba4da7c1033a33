"""Linear layers and layer norms with products of their own on the CPU (linear.cpp): the same numbers, on processors that MKL treats badly twice as fast."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import native


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        rows, weight = x.contiguous(), weight.contiguous()
        rows = rows.flatten(0, -3) if weight.ndim == 3 else rows.view(-1, 1, x.shape[-1])
        ctx.save_for_backward(rows, weight)
        ctx.bias = bias
        y = native.extension().linear_forward(rows, weight, None if bias is None else bias.contiguous())
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx, grad: Tensor):
        rows, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad[0]
        dx, dweight, dbias = native.extension().linear_backward(grad.contiguous(), rows, weight, wanted)
        return dx.view(*grad.shape[:-1], -1) if wanted else None, dweight, None if ctx.bias is None else dbias.view_as(ctx.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [..., inputs] times the transpose of weight [outputs, inputs], and bias."""
    if torch.is_grad_enabled() and native.usable(x, weight):
        return _Product.apply(x, weight, bias)
    return nn.functional.linear(x, weight, bias)


class Linear(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


def product(left: Tensor, right: Tensor) -> Tensor:
    """The product of two matrices, without gradients."""
    if not native.usable(left, right):
        return left @ right
    weight = right.t() if right.t().is_contiguous() else right.contiguous()[None]
    return native.extension().linear_forward(left.contiguous()[:, None], weight, None)[:, 0]


class BandLinear(nn.Module):
    """A linear map with its own weights for each band: [..., bands, inputs] to [..., bands, outputs]."""

    def __init__(self, bands: int, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(bands, inputs, outputs).uniform_(-1, 1) * inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(bands, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() and native.usable(x, self.weight):
            return _Product.apply(x, self.weight, self.bias)
        lead = x.shape[:-2]
        flat = x.flatten(0, -3).transpose(0, 1)  # [bands, frames*batch, inputs]
        return torch.baddbmm(self.bias, flat, self.weight).transpose(0, 1).unflatten(0, lead)


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Tensor:
        rows = x.contiguous().flatten(0, -2)
        ctx.save_for_backward(rows, weight)
        ctx.epsilon = epsilon
        return native.extension().norm_forward(rows, weight, bias, epsilon).view(x.shape)

    @staticmethod
    def backward(ctx, grad: Tensor):
        dx, dweight, dbias = native.extension().norm_backward(grad.contiguous().flatten(0, -2), *ctx.saved_tensors, ctx.epsilon)
        return dx.view(grad.shape), dweight, dbias, None


class LayerNorm(nn.LayerNorm):
    """Over the last axis."""

    def __init__(self, channels: int):
        super().__init__(channels)

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() and native.usable(x, self.weight):
            return _Norm.apply(x, self.weight, self.bias, self.eps)
        return super().forward(x)


class _Decode(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, counts: list[int], masks: int, *parameters: Tensor) -> Tensor:
        rows, weights, biases = x.contiguous().flatten(0, 1), parameters[: len(counts)], parameters[len(counts) :]
        ctx.save_for_backward(rows, *weights)
        ctx.counts, ctx.shape = counts, x.shape
        return native.extension().decode_forward(rows, weights, biases, counts, masks).unflatten(0, x.shape[:2])

    @staticmethod
    def backward(ctx, grad: Tensor):
        rows, *weights = ctx.saved_tensors
        dx, dweights, dbiases = native.extension().decode_backward(grad.contiguous().flatten(0, 1), rows, weights, ctx.counts)
        return dx.view(ctx.shape), None, None, *dweights, *dbiases


def decode(x: Tensor, decoders: list[tuple[Tensor, Tensor]], counts: list[int], masks: int) -> Tensor:
    """x [T, B, bands, hidden] to [T, B, masks, bins]: each group of ``counts`` bands by its own weight [masks * width, hidden] and bias.

    The last bin, which no band covers, gets what the bin below it has.
    """
    weights, biases = zip(*decoders)
    if torch.is_grad_enabled() and native.usable(x, *weights):
        return _Decode.apply(x, counts, masks, *weights, *biases)
    parts = []
    for part, weight, bias in zip(x.split(counts, 2), weights, biases):
        part = nn.functional.linear(part, weight, bias)  # [T, B, count, masks * width]
        parts.append(part.unflatten(-1, (masks, -1)).transpose(2, 3).flatten(3, 4))
    return torch.cat([*parts, parts[-1][..., -1:]], dim=3)
