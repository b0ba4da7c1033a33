"""Linear layers, per band layers, layer norms and decoders: the C++ against PyTorch at float64, in value and every gradient."""

import pytest
import torch

from training import native
from training.linear import BandLinear, LayerNorm, Linear, decode, product

NEAR = 5e-6  # of a tensor's size: what float32 sums of some ten thousand terms are good for


@pytest.fixture(autouse=True, params=[1, 2], ids=["one thread", "two threads"])
def threads(request):
    if native.extension() is None:
        pytest.skip("no C++ compiler here, PyTorch's operations are used")
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


def compare(run, inputs: list[torch.Tensor]) -> None:
    """``run(*inputs)`` and its gradients by all inputs, in float32 and in float64 (which PyTorch computes)."""
    torch.manual_seed(1)
    assert native.usable(*inputs)
    results, weight = [], None
    for dtype in (torch.float32, torch.float64):
        leaves = [tensor.detach().to(dtype).requires_grad_() for tensor in inputs]
        out = run(*leaves)
        weight = torch.randn_like(out) if weight is None else weight.double()
        results.append([out.detach(), *torch.autograd.grad(out, leaves, weight)])
    for fused, exact in zip(*results):
        assert fused.shape == exact.shape and (fused - exact).norm() < NEAR * exact.norm()


@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(1, 5, 3), (43, 48, 12), (700, 64, 128), (130, 504, 160), (20, 700, 50), (200, 12, 48), (65, 42, 84)])
@pytest.mark.parametrize("biased", [True, False])
def test_linear_equals_torch(rows, inputs, outputs, biased):
    torch.manual_seed(0)
    layer = Linear(inputs, outputs, bias=biased)
    parameters = [layer.weight, layer.bias] if biased else [layer.weight]
    compare(lambda x, *values: torch.func.functional_call(layer, dict(zip(("weight", "bias"), values)), x), [torch.randn(rows, inputs), *parameters])


def test_linear_takes_any_layout():
    torch.manual_seed(0)
    layer = Linear(42, 30)
    compare(lambda x, *values: torch.func.functional_call(layer, dict(zip(("weight", "bias"), values)), x.transpose(1, 2)).transpose(1, 2), [torch.randn(50, 42, 7), layer.weight, layer.bias])


@pytest.mark.parametrize("rows", [3, 150])
def test_linear_per_band_equals_torch(rows):
    torch.manual_seed(0)
    layer = BandLinear(5, 24, 20)
    torch.nn.init.normal_(layer.bias)
    compare(lambda x, *values: torch.func.functional_call(layer, dict(zip(("weight", "bias"), values)), x), [torch.randn(rows, 2, 5, 24), layer.weight, layer.bias])


@pytest.mark.parametrize("groups", [((5, 4), (3, 16), (2, 70)), ((1, 300),), ((3, 1), (2, 2))])
@pytest.mark.parametrize("taps", [1, 2])
def test_decoders_equal_torch(groups, taps):
    torch.manual_seed(0)
    counts, masks, hidden = [count for count, _ in groups], 16 * taps, 24
    sizes = [masks * width for _, width in groups]
    parameters = [torch.randn(size, hidden) for size in sizes] + [torch.randn(size) for size in sizes]
    run = lambda x, *values: decode(x, list(zip(values[: len(groups)], values[len(groups) :])), counts, masks)
    compare(run, [torch.randn(35, 2, sum(counts), hidden), *parameters])


def test_layer_norm_equals_torch():
    torch.manual_seed(0)
    layer = LayerNorm(48)
    compare(lambda x, *values: torch.func.functional_call(layer, dict(zip(("weight", "bias"), values)), x), [torch.randn(70, 3, 48), torch.randn(48), torch.randn(48)])


@pytest.mark.parametrize("transposed", [True, False])
def test_product_equals_torch(transposed):
    torch.manual_seed(0)
    left, right = torch.randn(70, 30), torch.randn(50, 30).t() if transposed else torch.randn(30, 50)
    exact = left.double() @ right.double()
    assert (product(left, right) - exact).norm() < NEAR * exact.norm()
