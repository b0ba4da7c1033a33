"""The separation loss: the fused C++ against the definition in PyTorch at float64, in value and gradient."""

import pytest
import torch

from training import native
from training.losses import SeparationLoss
from training.stft import Stft, planar

# (frames, batch, taps, FFT size, hop): less than one chunk; two chunks and a rest, a group of frames left over; exactly one chunk; long windows
SHAPES = [(40, 2, 2, 512, 128), (197, 3, 1, 256, 64), (86, 2, 3, 128, 64), (90, 1, 2, 2048, 256)]


def example(frames: int, batch: int, taps: int, fft_size: int, hop: int):
    """A loss, random masks, mixture, stems and known band; one stem is silent for a while, a third of one example's band unknown."""
    torch.manual_seed(0)
    stft = Stft(fft_size, 2 * hop, hop)
    waves = torch.randn(batch, 4, 2, frames * hop) * 0.1
    waves[:, 1, :, : frames * hop // 2] = 0
    stems = planar(stft(waves))
    band = torch.ones(batch, fft_size // 2 + 1)
    band[0, fft_size // 3 :] = 0
    masks = torch.randn(frames, batch, taps, 4, 2, 2, fft_size // 2 + 1) * 0.5
    return SeparationLoss(stft, (1.4, 1.0, 1.0, 1.1), 0.3), masks, stems.sum(2), stems, band


def value_and_gradient(loss: SeparationLoss, masks, *others):
    masks = masks.clone().requires_grad_()
    value = loss(masks, *others)
    (gradient,) = torch.autograd.grad(value, masks)
    return value.item(), gradient


@pytest.fixture
def compiled():
    if native.extension() is None:
        pytest.skip("no C++ compiler here, PyTorch's operations are used")


@pytest.mark.parametrize("shape", SHAPES)
def test_fused_loss_equals_pytorch(compiled, shape):
    """To float32: the value within 1e-6, the gradient within 2e-5 of its size; in single bins an error's sign may flip near zero."""
    loss, *inputs = example(*shape)
    assert native.usable(*inputs), "the fused loss is not what is tested"
    value, gradient = value_and_gradient(loss, *inputs)
    exact, reference = value_and_gradient(loss.double(), *(tensor.double() for tensor in inputs))
    assert abs(value - exact) < 1e-6 * max(1, abs(exact))
    assert (gradient - reference).norm() < 2e-5 * reference.norm()
    frames = ((gradient - reference).flatten(1).norm(dim=1), reference.flatten(1).norm(dim=1))
    assert (frames[0] < 1e-3 * frames[1]).all(), "every frame, the first and the last too"


@pytest.mark.parametrize("part", ["waveform", "spectral"])
def test_each_part_of_the_fused_gradient_equals_pytorch(compiled, part):
    loss, *inputs = example(*SHAPES[0])
    loss.spectral_weight = 0.0 if part == "waveform" else 1e3
    _, gradient = value_and_gradient(loss, *inputs)
    _, reference = value_and_gradient(loss.double(), *(tensor.double() for tensor in inputs))
    assert (gradient - reference).norm() < 2e-5 * reference.norm()


def test_fused_loss_does_not_depend_on_threads(compiled):
    loss, *inputs = example(*SHAPES[1])
    before = torch.get_num_threads()
    results = []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        results.append(value_and_gradient(loss, *inputs))
    torch.set_num_threads(before)
    assert results[0][0] == results[1][0] and torch.equal(results[0][1], results[1][1])


def test_silence_has_a_finite_gradient():
    loss, masks, mixture, stems, band = example(*SHAPES[0])
    value, gradient = value_and_gradient(loss, masks, mixture * 0, stems * 0, band)
    assert torch.isfinite(torch.tensor(value)) and (gradient == 0).all()


def test_without_a_compiler_pytorch_computes_the_loss(monkeypatch):
    loss, *inputs = example(*SHAPES[0])
    value, gradient = value_and_gradient(loss, *inputs)
    monkeypatch.setattr(native, "extension", lambda: None)
    monkeypatch.setattr(torch.ops.danna, "loss_forward", None, raising=False)
    other, reference = value_and_gradient(loss, *inputs)
    assert abs(value - other) < 1e-5 and (gradient - reference).norm() < 1e-4 * reference.norm()
