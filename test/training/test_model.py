"""Windows, network and exported graph: reconstruction, causality, sum to one, agreement frame by frame."""

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch

from training import checkpoint, gru, restore
from training.config import load_config
from training.errors import TrainingError
from training.export import build, manifest
from training.model import BandSplitNet, ModelConfig
from training.stft import Stft, planar, windows

from conftest import ROOT

SMALL = ModelConfig(bands=((8, 8), (6, 64), (2, 288)), channels=16, squeeze=4, bottleneck=16, blocks=2, hidden=16)


def streamed(session, spectrum: np.ndarray, state: dict) -> np.ndarray:
    out = []
    for frame in range(len(spectrum)):
        masks, bands, full = session.run(["masks", "next_bands", "next_full"], {"spectrum": spectrum[frame : frame + 1], **state})
        state = {"bands": bands, "full": full}
        out.append(masks)
    return np.concatenate(out)


def zeros(config: ModelConfig) -> dict:
    return {
        "bands": np.zeros((config.blocks, config.band_count, config.channels), np.float32),
        "full": np.zeros((config.blocks, 1, config.bottleneck), np.float32),
    }


@pytest.mark.parametrize("fft_size", [2048, 4096])
def test_windows_reconstruct(fft_size):
    stft = Stft(fft_size).double()
    stft.analysis, stft.synth = windows(fft_size, 1024)
    wave = torch.randn(2, 512 * 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert (stft.inverse(stft(wave)) - wave[..., : 512 * 39]).abs().max() < 1e-12
    single = Stft(fft_size)
    assert (single.inverse(single(wave.float())) - wave[..., : 512 * 39].float()).abs().max() < 2e-6


def test_refuses_windows_that_do_not_reconstruct():
    with pytest.raises(ValueError, match="twice the hop"):
        Stft(2048, 1024, 256)


def test_masks_sum_to_one_and_silence_stays_silence():
    torch.manual_seed(0)
    net = BandSplitNet(SMALL).eval()
    spectrum = torch.randn(20, 2, 2, 2, 1025) * 10
    spectrum[10:] = 0
    masks, _ = net(spectrum, net.initial_state(2))
    total = masks.sum(2)
    assert (total[..., 0, :] - 1).abs().max() < 1e-5 and total[..., 1, :].abs().max() < 1e-5
    assert torch.isfinite(masks).all()


def test_is_causal():
    """Changing the future changes no mask of the past."""
    torch.manual_seed(0)
    net = BandSplitNet(SMALL).eval()
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    other = spectrum.clone()
    other[12:] = torch.randn(8, 1, 2, 2, 1025)
    first, _ = net(spectrum, net.initial_state(1))
    second, _ = net(other, net.initial_state(1))
    assert torch.equal(first[:12], second[:12]) and not torch.allclose(first[12:], second[12:])


def test_fused_gru_equals_torch():
    if gru.extension() is None:
        pytest.skip("no C++ compiler here, nn.GRU itself is used")
    torch.manual_seed(0)
    layer = gru.TimeGRU(24)
    x, h = torch.randn(30, 7, 24, requires_grad=True), torch.randn(7, 24, requires_grad=True)
    weight = torch.randn(30, 7, 24)
    fused, last = layer(x, h)
    plain, _ = torch.nn.GRU.forward(layer, x, h[None])
    assert (fused - plain).abs().max() < 1e-6 and torch.equal(fused[-1], last)
    inputs = [x, h, *layer.parameters()]
    for a, b in zip(torch.autograd.grad((fused * weight).sum(), inputs), torch.autograd.grad((plain * weight).sum(), inputs)):
        assert (a - b).abs().max() / b.abs().max() < 1e-5


def live_net() -> BandSplitNet:
    torch.manual_seed(3)
    return BandSplitNet(load_config(ROOT / "models/training/configs/live.toml").model).eval()


def test_export_equals_torch_over_120_seconds():
    """The graph of the live model, frame by frame with carried state, against PyTorch over the whole sequence."""
    net = live_net()
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    frames = 120 * 44100 // 512
    wave = torch.randn(1, 2, frames * 512, generator=torch.Generator().manual_seed(1)) * 0.1
    wave *= torch.linspace(0, 6.28 * 20, wave.shape[-1]).sin()  # swells, so that the state keeps moving
    spectrum = Stft()(wave)
    with torch.no_grad():
        whole, _ = net(planar(spectrum), net.initial_state(1))
    live = streamed(session, torch.view_as_real(spectrum[:, 0]).numpy(), zeros(net.config))
    difference = np.abs(live - whole[:, 0].transpose(-1, -2).numpy()).max(axis=(1, 2, 3, 4))
    assert difference.max() < 1e-4
    assert difference[-1000:].max() < 10 * difference[:1000].max() + 1e-6, "drifts"
    assert np.abs(live.sum(1) - np.array([1, 0])).max() < 1e-5


def test_export_has_gru_ops_and_no_slices_per_band():
    graph = build(live_net()).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("GRU") == 2 * live_net().config.blocks
    assert kinds.count("Slice") + kinds.count("Split") < 10
    assert not any(len(node.output) > 8 for node in graph.node), "a Split over 8 outputs fails on WebGPU"


def test_many_frames_at_once_equal_one_by_one():
    torch.manual_seed(0)
    net = BandSplitNet(SMALL).eval()
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    spectrum = torch.view_as_real(Stft()(torch.randn(1, 2, 512 * 50) * 0.1)[:, 0]).numpy()
    at_once = session.run(["masks"], {"spectrum": spectrum, **zeros(SMALL)})[0]
    assert np.abs(at_once - streamed(session, spectrum, zeros(SMALL))).max() < 1e-5


def test_budget_of_the_live_model():
    net = live_net()
    assert net.multiply_accumulates() <= 10e6
    assert len(build(net).SerializeToString()) <= 10e6


def test_model_config_refuses_bands_that_miss_bins():
    with pytest.raises(ValueError, match="bands cover"):
        ModelConfig(bands=((4, 4),))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_an_exported_model_gives_its_weights_back(bidirectional, tmp_path):
    """Export, read back, export again: the same file, so a shipped model can be fine-tuned."""
    torch.manual_seed(5)
    config = replace(SMALL, bidirectional=bidirectional)
    net = BandSplitNet(config)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    blob = build(net).SerializeToString()
    (tmp_path / "small.onnx").write_bytes(blob)
    (tmp_path / "small.json").write_text(json.dumps(manifest(net, "small", blob, {}, 40)))
    again = BandSplitNet(config)
    again.load_state_dict(restore.weights(tmp_path / "small.json", config))
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    with torch.no_grad():
        (first, _), (second, _) = (n(spectrum, n.initial_state(1)) for n in (net, again))
    assert (first - second).abs().max() < 1e-5
    with pytest.raises(TrainingError, match="other sizes"):
        restore.weights(tmp_path / "small.json", replace(config, channels=24))


def test_a_bidirectional_network_starts_as_the_causal_one_and_sees_the_future(tmp_path):
    torch.manual_seed(6)
    causal = BandSplitNet(SMALL).eval()
    checkpoint.save(tmp_path / "causal.pt", {"config": {"model": SMALL.as_dict()}, "ema": causal.state_dict()})
    both = replace(SMALL, bidirectional=True)
    net = BandSplitNet(both).eval()
    net.load_state_dict(restore.weights(tmp_path / "causal.pt", both), strict=False)
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    with torch.no_grad():
        masks, _ = net(spectrum, net.initial_state(1))
        assert torch.equal(masks, causal(spectrum, causal.initial_state(1))[0])
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
        masks, _ = net(spectrum, net.initial_state(1))
        spectrum[15:] = 0
        assert not torch.allclose(masks[:15], net(spectrum, net.initial_state(1))[0][:15])


def test_export_of_a_bidirectional_network_equals_torch():
    torch.manual_seed(7)
    net = BandSplitNet(replace(SMALL, bidirectional=True)).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    assert [node.name for node in session.get_inputs()] == ["spectrum"]
    spectrum = Stft()(torch.randn(1, 2, 512 * 50) * 0.1)
    with torch.no_grad():
        whole, _ = net(planar(spectrum), net.initial_state(1))
    masks = session.run(["masks"], {"spectrum": torch.view_as_real(spectrum[:, 0]).numpy()})[0]
    assert np.abs(masks - whole[:, 0].transpose(-1, -2).numpy()).max() < 1e-4
