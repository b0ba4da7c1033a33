"""The separation loss: the fused C++ against the definition in PyTorch at float64, in value and gradient; a whole training step on both."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training import native
from training.config import Config, Source, TrainConfig
from training.data import Batch
from training.losses import SeparationLoss
from training.model import ModelConfig
from training.stft import Stft, planar
from training.train import Trainer

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


STEP = ModelConfig(bands=((8, 8), (6, 64), (2, 288)), channels=16, squeeze=4, bottleneck=16, blocks=2, hidden=16)


@pytest.mark.parametrize("model", [replace(STEP, taps=2), replace(STEP, bidirectional=True), replace(STEP, family="lean", lookahead=2, mixing=20)], ids=["live", "studio", "lean"])
def test_a_training_step_is_the_same_without_a_compiler(compiled, monkeypatch, model):
    """The loss and the gradients of all weights, fused and by PyTorch's own operations; the step's Muon updates too."""
    noise = np.random.default_rng(0).standard_normal((2, 4, 2, 40 * model.hop), np.float32) * 0.05
    bins = model.fft_size // 2 + 1
    batch = Batch(noise, np.linspace(0.5, 1.5, 8 * bins, dtype=np.float32).reshape(2, 4, bins), np.ones((2, bins), np.float32))
    results = []
    for fused in (True, False):
        if not fused:
            monkeypatch.setattr(native, "extension", lambda: None)
            monkeypatch.delattr(torch.ops, "danna")
        trainer = Trainer(Config("step", (Source("none"),), model, train=TrainConfig(optimiser="muon", lr=0.01)), torch.device("cpu"))
        with torch.no_grad():
            for value in trainer.model.parameters():
                value.add_(torch.randn(value.shape), alpha=0.1)
        loss = trainer.compute_loss(batch)
        gradients = torch.autograd.grad(loss, list(trainer.model.parameters()))
        before = [value.detach().clone() for value in trainer.model.parameters()]
        trainer.update(batch)
        results.append((loss.item(), gradients, [value.detach() - old for value, old in zip(trainer.model.parameters(), before)]))
    (loss, gradients, steps), (other, expected, expected_steps) = results
    assert abs(loss - other) < 1e-5
    for (name, _), gradient, reference in zip(trainer.model.named_parameters(), gradients, expected):
        assert (gradient - reference).norm() < 1e-3 * reference.norm() + 1e-7, name
    for (name, value), step, reference in zip(trainer.model.named_parameters(), steps, expected_steps):
        assert value.ndim != 2 or (step - reference).norm() < 0.02 * reference.norm(), name
