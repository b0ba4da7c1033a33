"""Windows, network and exported graph: reconstruction, causality, sum to one, agreement frame by frame."""

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from training import audio, augment, checkpoint, gru, native, restore
from training.config import TrainConfig, load_config
from training.data import Examples, lower
from training.errors import TrainingError
from training.evaluate import Streamed
from training.export import build, manifest
from training.lean import LeanNet
from training.model import BandSplitNet, ModelConfig, filtered
from training.networks import network
from training.optimiser import PreciseMuon, optimisers
from training.stft import Stft, planar, windows

from conftest import ROOT

SMALL = ModelConfig(bands=((8, 8), (6, 64), (2, 288)), channels=16, squeeze=4, bottleneck=16, blocks=2, hidden=16)


LEAN = replace(SMALL, family="lean", blocks=4, mixing=24, taps=2)


def streamed(session, spectrum: np.ndarray) -> np.ndarray:
    """The first output of a run a frame, every state carried on from zeros."""
    names = [node.name for node in session.get_outputs()]
    state = zeros(session)
    out = []
    for frame in range(len(spectrum)):
        one, *new = session.run(names, {"spectrum": spectrum[frame : frame + 1], **state})
        state = dict(zip((name.removeprefix("next_") for name in names[1:]), new))
        out.append(one)
    return np.concatenate(out)


def zeros(session) -> dict:
    return {node.name: np.zeros(node.shape, np.float32) for node in session.get_inputs() if node.name != "spectrum"}


def randomised(net):
    """The first weights of the earlier taps and of a lean network's mixing are zero, which would hide them."""
    for block in net.blocks if isinstance(net, LeanNet) else ():
        torch.nn.init.normal_(block.mix_out.weight, std=0.2)
        torch.nn.init.normal_(block.mix_out.bias, std=0.2)
    for decoder in net.decoders:
        torch.nn.init.normal_(decoder.weight, std=0.1)
        torch.nn.init.normal_(decoder.bias, std=0.1)
    return net


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


@pytest.mark.parametrize("taps", [1, 3])
def test_stems_add_up_and_silence_stays_silence(taps):
    torch.manual_seed(0)
    net = randomised(BandSplitNet(replace(SMALL, taps=taps))).eval()
    spectrum = torch.randn(20, 2, 2, 2, 1025) * 10
    spectrum[10:] = 0
    masks, _ = net(spectrum, net.initial_state(2))
    total = masks.sum(3)
    assert (total[:, :, 0, :, 0] - 1).abs().max() < 1e-5 and total[:, :, 0, :, 1].abs().max() < 1e-5
    assert taps == 1 or total[:, :, 1:].abs().max() < 1e-5
    stems = filtered(masks, spectrum)
    assert torch.isfinite(stems).all()
    assert (stems.sum(2) - spectrum).abs().max() < 1e-3
    assert (stems[10 + taps - 1 :] == 0).all()


def test_a_filter_weighs_earlier_frames():
    mixture = torch.randn(5, 1, 2, 2, 3)
    masks = torch.zeros(5, 1, 2, 4, 2, 2, 3)
    masks[:, :, 1, 0, :, 1] = 1  # the first stem: j times the frame before
    stems = filtered(masks, mixture)
    expected = torch.cat((torch.zeros(1, 1, 2, 2, 3), torch.stack((-mixture[:-1, :, :, 1], mixture[:-1, :, :, 0]), -2)))
    assert torch.equal(stems[:, :, 0], expected) and (stems[:, :, 1:] == 0).all()


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


@pytest.mark.parametrize("lookahead", [0, 3])
@pytest.mark.parametrize("config", [SMALL, LEAN], ids=["band-split", "lean"])
def test_a_network_hears_as_far_ahead_as_it_says(config, lookahead):
    """A change at frame 12 changes no answer before it, where frame n is answered for with the masks of n + lookahead."""
    torch.manual_seed(0)
    net = randomised(network(replace(config, lookahead=lookahead))).eval()
    spectrum = torch.randn(24, 1, 2, 2, 1025)
    other = spectrum.clone()
    other[12:] = torch.randn(12, 1, 2, 2, 1025)
    first, second = (net(x, net.initial_state(1))[0] for x in (spectrum, other))
    assert torch.equal(first[:12], second[:12])
    for frame in range(12, 12 + lookahead + 1):
        assert not torch.allclose(first[frame], second[frame])


@pytest.mark.parametrize("fft_size", [512, 2048])
def test_fused_spectra_and_features_equal_torch(fft_size):
    """What training computes in C++ against the definitions in PyTorch at float64; 2048 samples of window reach before the first frames."""
    if native.extension() is None:
        pytest.skip("no C++ compiler here, PyTorch's operations are used")
    torch.manual_seed(0)
    stft = Stft(fft_size, 256, 128)
    wave, gain = torch.randn(2, 4, 2, 128 * 37), torch.rand(2, 4, fft_size // 2 + 1)
    fused, exact = stft.planes(wave, gain), planar(Stft(fft_size, 256, 128).double()(wave.double())) * gain[:, :, None, None]
    assert fused.shape == exact.shape and (fused - exact).abs().max() < 2e-6 * exact.abs().max()
    net = BandSplitNet(SMALL)
    spectrum = torch.randn(9, 2, 2, 2, 1025) * 10
    spectrum[4] = 0
    for part, reference in zip(net.by_band(spectrum), net.by_band(spectrum.double())):
        assert part.shape == reference.shape and (part - reference).abs().max() < 1e-5


@pytest.mark.parametrize("rows", [1, 7, 90])
@pytest.mark.parametrize("reverse", [False, True])
def test_fused_gru_equals_torch(rows, reverse):
    """Few rows, whose products with the input are taken over all steps at once, and blocks of many, the last one smaller."""
    if native.extension() is None:
        pytest.skip("no C++ compiler here, nn.GRU itself is used")
    torch.manual_seed(0)
    layer = gru.TimeGRU(24)
    x, h = torch.randn(30, rows, 24, requires_grad=True), torch.randn(rows, 24, requires_grad=True)
    weight = torch.randn(30, rows, 24)
    fused, last = layer(x, h, reverse)
    plain, _ = torch.nn.GRU.forward(layer, x.flip(0) if reverse else x, h[None])
    plain = plain.flip(0) if reverse else plain
    assert (fused - plain).abs().max() < 1e-6 and torch.equal(fused[0 if reverse else -1], last)
    inputs = [x, h, *layer.parameters()]
    for a, b in zip(torch.autograd.grad((fused * weight).sum(), inputs), torch.autograd.grad((plain * weight).sum(), inputs)):
        assert (a - b).abs().max() / b.abs().max() < 1e-5


def live_net() -> BandSplitNet:
    torch.manual_seed(3)
    return randomised(BandSplitNet(load_config(ROOT / "models/training/configs/live.toml").model)).eval()


def test_export_equals_torch_over_40_seconds():
    """The graph of the live model, frame by frame with carried state, against PyTorch over the whole sequence."""
    net = live_net()
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    frames = 40 * 44100 // 512
    wave = torch.randn(1, 2, frames * 512, generator=torch.Generator().manual_seed(1)) * 0.1
    wave *= torch.linspace(0, 6.28 * 20, wave.shape[-1]).sin()  # swells, so that the state keeps moving
    spectrum = Stft()(wave)
    with torch.no_grad():
        whole = stems_of(net, planar(spectrum))
    mixture = torch.view_as_real(spectrum[:, 0]).numpy()
    live = streamed(session, mixture)
    difference = np.abs(live - whole).max(axis=(1, 2, 3, 4))
    assert difference.max() < 1e-4
    assert difference[-1000:].max() < 10 * difference[:1000].max() + 1e-6, "drifts"
    assert np.abs(live.sum(1) - mixture).max() < 1e-5


def stems_of(net: BandSplitNet, spectrum: torch.Tensor) -> np.ndarray:
    """What the graph puts out: the masks of a network of one tap, else the stems' spectra; [frames, 4, 2, bins, 2]."""
    masks, _ = net(spectrum, net.initial_state(1))
    ahead = net.config.lookahead  # the graph's answer for a frame comes that many frames later
    delayed = torch.cat((torch.zeros_like(spectrum[:ahead]), spectrum[: len(spectrum) - ahead]))
    result = masks[:, :, 0] if net.config.taps == 1 else filtered(masks, delayed)
    return result[:, 0].transpose(-1, -2).detach().numpy()


def test_export_has_gru_ops_and_no_slices_per_band():
    graph = build(live_net()).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("GRU") == 2 * live_net().config.blocks
    assert kinds.count("Slice") + kinds.count("Split") < 12 + 4 * live_net().config.taps, "as many as bands"
    assert not any(len(node.output) > 8 for node in graph.node), "a Split over 8 outputs fails on WebGPU"


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, taps=3), replace(SMALL, lookahead=1), replace(SMALL, lookahead=5, taps=2), LEAN, replace(LEAN, taps=1), replace(LEAN, lookahead=3), replace(LEAN, lookahead=6)], ids=str)
def test_many_frames_at_once_equal_one_by_one_and_torch(config):
    torch.manual_seed(0)
    net = randomised(network(config)).eval()
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    complex_spectrum = Stft()(torch.randn(1, 2, 512 * 50) * 0.1)
    spectrum = torch.view_as_real(complex_spectrum[:, 0]).numpy()
    at_once = session.run(None, {"spectrum": spectrum, **zeros(session)})[0]
    assert np.abs(at_once - streamed(session, spectrum)).max() < 1e-5
    assert np.abs(at_once - stems_of(net, planar(complex_spectrum))).max() < 1e-4


def test_budget_of_the_live_model():
    net = live_net()
    assert net.multiply_accumulates() <= 10e6
    assert len(build(net, half=True).SerializeToString()) <= 10e6


@pytest.mark.parametrize(("bidirectional", "taps"), [(False, 1), (False, 2), (True, 1)])
def test_weights_as_float16_halve_the_file_and_are_read_back(bidirectional, taps, tmp_path):
    """What the file with float16 weights computes is what the weights read back from it compute; stems still add up."""
    torch.manual_seed(11)
    config = replace(SMALL, bidirectional=bidirectional, taps=taps, bottleneck=64)
    net = randomised(BandSplitNet(config)).eval()
    single, half = (build(net, half=half).SerializeToString() for half in (False, True))
    exact = 4 * sum(decoder.weight.numel() for decoder in net.decoders) if taps == 1 else 0
    assert len(half) - exact < 0.62 * (len(single) - exact)
    (tmp_path / "half.onnx").write_bytes(half)
    (tmp_path / "half.json").write_text(json.dumps(manifest(net, "half", half, {}, 40)))
    again = BandSplitNet(config).eval()
    again.load_state_dict(restore.weights(tmp_path / "half.json", config))
    session = onnxruntime.InferenceSession(half)
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    feeds = {"spectrum": spectrum[:, 0].transpose(-1, -2).numpy(), **zeros(session)}
    result = session.run(None, feeds)[0]
    read, trained = stems_of(again, spectrum), stems_of(net, spectrum)
    assert np.abs(result - read).max() < 1e-4
    assert 0 < np.abs(read - trained).max() < 0.02 * np.abs(trained).max()
    whole = np.ones(1) if taps == 1 else feeds["spectrum"][..., 0]
    assert np.abs(result.sum(1)[..., 0] - whole).max() < 1e-5


def test_model_config_refuses_bands_that_miss_bins():
    with pytest.raises(ValueError, match="bands cover"):
        ModelConfig(bands=((4, 4),))


def test_a_bidirectional_network_starts_one_that_looks_ahead(tmp_path):
    """What runs backwards is left out; the rest is taken as it is."""
    torch.manual_seed(6)
    net = randomised(BandSplitNet(replace(SMALL, bidirectional=True)))
    blob = build(net).SerializeToString()
    (tmp_path / "both.onnx").write_bytes(blob)
    (tmp_path / "both.json").write_text(json.dumps(manifest(net, "both", blob, {}, 40)))
    config = replace(SMALL, lookahead=2, taps=2)
    state = restore.weights(tmp_path / "both.json", config)
    ahead = BandSplitNet(config)
    ahead.load_state_dict(state)
    assert all(torch.allclose(value, dict(net.state_dict())[name], atol=1e-6) for name, value in ahead.state_dict().items() if not name.startswith("decoders"))


@pytest.mark.parametrize(
    "config",
    [LEAN, replace(LEAN, lookahead=5), replace(LEAN, lookahead=5, taps=1), replace(SMALL, lookahead=5, taps=1), replace(SMALL, lookahead=5, taps=2)],
    ids=str,
)
def test_an_exported_network_that_may_look_ahead_gives_its_weights_back(config, tmp_path):
    torch.manual_seed(5)
    net = randomised(network(config)).eval()
    blob = build(net).SerializeToString()
    (tmp_path / "lean.onnx").write_bytes(blob)
    (tmp_path / "lean.json").write_text(json.dumps(manifest(net, "lean", blob, {}, 40)))
    again = network(config).eval()
    again.load_state_dict(restore.weights(tmp_path / "lean.json", config))
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    assert np.abs(stems_of(net, spectrum) - stems_of(again, spectrum)).max() < 1e-5


def test_a_bidirectional_graph_says_where_it_can_be_cut():
    """Before the first cut and after the second a few frames give what they give among all of them."""
    torch.manual_seed(3)
    net = randomised(BandSplitNet(replace(SMALL, bidirectional=True))).eval()
    model = build(net)
    cuts = [cut["name"] for cut in manifest(net, "both", model.SerializeToString(), {}, 40)["segment"]["cuts"]]
    parts = onnx.utils.Extractor(onnx.shape_inference.infer_shapes(model))
    front, middle, back = (
        onnxruntime.InferenceSession(parts.extract_model([start], [end]).SerializeToString())
        for start, end in (("spectrum", cuts[0]), tuple(cuts), (cuts[1], "masks"))
    )
    run = lambda session, x: session.run(None, {session.get_inputs()[0].name: x})[0]
    spectrum = torch.randn(20, 2, 1025, 2).numpy()
    heard = np.concatenate([run(front, spectrum[:7]), run(front, spectrum[7:])])
    thought = run(middle, heard)
    masks = np.concatenate([run(back, thought[:13]), run(back, thought[13:])])
    whole = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"spectrum": spectrum})[0]
    assert np.abs(masks - whole).max() < 1e-5
    assert "cuts" not in manifest(net := BandSplitNet(replace(SMALL, bidirectional=True, taps=3)), "taps", build(net).SerializeToString(), {}, 40)["segment"]


@pytest.mark.parametrize(("bidirectional", "taps"), [(False, 1), (True, 1), (False, 2), (True, 3)])
def test_an_exported_model_gives_its_weights_back(bidirectional, taps, tmp_path):
    """Export, read back, export again: the same file, so a shipped model can be fine-tuned."""
    torch.manual_seed(5)
    config = replace(SMALL, bidirectional=bidirectional, taps=taps)
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


@pytest.mark.parametrize("source", ["checkpoint", "export"])
def test_a_network_of_longer_windows_starts_with_the_masks_of_a_shorter_one(source, tmp_path):
    """Where two fine bins hold what one coarse bin held, both get its mask."""
    torch.manual_seed(9)
    net = randomised(BandSplitNet(SMALL)).eval()
    path = tmp_path / "short.pt"
    checkpoint.save(path, {"config": {"model": SMALL.as_dict()}, "ema": net.state_dict()})
    if source == "export":
        path, blob = tmp_path / "short.json", build(net).SerializeToString()
        path.with_suffix(".onnx").write_bytes(blob)
        path.write_text(json.dumps(manifest(net, "short", blob, {}, 40)))
    config = replace(SMALL, fft_size=4096, synthesis=2048, hop=1024, bands=tuple((count, 2 * width) for count, width in SMALL.bands))
    longer = BandSplitNet(config).eval()
    longer.load_state_dict(restore.weights(path, config))
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    finer = 2 * torch.cat((spectrum[..., :-1].repeat_interleave(2, -1), spectrum[..., -1:]), -1)  # features are relative to the window's length
    with torch.no_grad():
        coarse, fine = (n(x, n.initial_state(1))[0] for n, x in ((net, spectrum), (longer, finer)))
    assert (coarse[..., :-1].repeat_interleave(2, -1) - fine[..., :-1]).abs().max() < 1e-5
    with pytest.raises(TrainingError, match="other sizes"):
        restore.weights(path, replace(config, bands=((2048, 1),)))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("source", ["checkpoint", "export"])
def test_a_deeper_network_starts_as_the_shallower_one(source, bidirectional, tmp_path):
    torch.manual_seed(10)
    shallow = replace(SMALL, bidirectional=bidirectional)
    net = randomised(BandSplitNet(shallow)).eval()
    path = tmp_path / "shallow.pt"
    checkpoint.save(path, {"config": {"model": shallow.as_dict()}, "ema": net.state_dict()})
    if source == "export":
        path, blob = tmp_path / "shallow.json", build(net).SerializeToString()
        path.with_suffix(".onnx").write_bytes(blob)
        path.write_text(json.dumps(manifest(net, "shallow", blob, {}, 40)))
    config = replace(shallow, blocks=shallow.blocks + 2)
    deeper = BandSplitNet(config)
    deeper.load_state_dict(restore.weights(path, config))
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    masks, _ = deeper(spectrum, deeper.initial_state(1))
    with torch.no_grad():
        assert (masks - net(spectrum, net.initial_state(1))[0]).abs().max() < 1e-5
    masks.square().sum().backward()
    assert all(block.expand.weight.grad.any() and block.time_out.weight.grad.any() for block in deeper.blocks), "no block may be stuck at zero"
    with pytest.raises(TrainingError, match="other sizes"):
        restore.weights(path, replace(shallow, blocks=shallow.blocks - 1))


def test_a_network_of_filters_starts_as_the_masks_do(tmp_path):
    torch.manual_seed(8)
    net = randomised(BandSplitNet(SMALL)).eval()
    checkpoint.save(tmp_path / "masks.pt", {"config": {"model": SMALL.as_dict()}, "ema": net.state_dict()})
    config = replace(SMALL, taps=2)
    later = BandSplitNet(config).eval()
    later.load_state_dict(restore.weights(tmp_path / "masks.pt", config))
    spectrum = torch.randn(20, 1, 2, 2, 1025)
    with torch.no_grad():
        first, second = (filtered(n(spectrum, n.initial_state(1))[0], spectrum) for n in (net, later))
    assert (first - second).abs().max() < 1e-6
    randomised(later)
    checkpoint.save(tmp_path / "filters.pt", {"config": {"model": config.as_dict()}, "ema": later.state_dict()})
    back = BandSplitNet(SMALL).eval()
    back.load_state_dict(restore.weights(tmp_path / "filters.pt", SMALL))
    with torch.no_grad():
        present, all_taps = (n(spectrum, n.initial_state(1))[0] for n in (back, later))
    assert torch.equal(present[:, :, 0], all_taps[:, :, 0])


@pytest.mark.parametrize("taps", [1, 2, 3])
def test_export_of_a_bidirectional_network_equals_torch(taps):
    torch.manual_seed(7)
    net = BandSplitNet(replace(SMALL, bidirectional=True, taps=taps)).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    session = onnxruntime.InferenceSession(build(net).SerializeToString())
    assert [node.name for node in session.get_inputs()] == ["spectrum"]
    spectrum = Stft()(torch.randn(1, 2, 512 * 50) * 0.1)
    result = session.run(None, {"spectrum": torch.view_as_real(spectrum[:, 0]).numpy()})[0]
    assert np.abs(result - stems_of(net, planar(spectrum))).max() < 1e-4


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_optimisers_hold_every_parameter_once_and_decay_no_bias(name):
    net = BandSplitNet(ModelConfig(blocks=1))
    groups = [group for optimiser in optimisers(net, TrainConfig(optimiser=name, weight_decay=0.5)) for group in optimiser.param_groups]
    held = [id(p) for group in groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in net.parameters())
    assert all((p.ndim == 1) == (group["weight_decay"] == 0) for group in groups for p in group["params"])


def test_muon_moves_every_direction_of_a_matrix_alike():
    """However unlike a gradient's singular values, its step has them all within the iteration's 0.5 to 1.5 of each other."""
    layer = torch.nn.Linear(8, 8, bias=False)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.diag(torch.logspace(0, -2, 8))
    for optimiser in optimisers(layer, TrainConfig(optimiser="muon", lr=1.0, weight_decay=0.0)):
        optimiser.step()
    moved = torch.linalg.svdvals(layer.weight.detach() - before)
    assert moved.max() / moved.min() < 3.5


@pytest.mark.parametrize("shape", [(160, 480), (480, 160), (64, 48)])
def test_muon_takes_the_steps_of_torchs_own(shape):
    """To what its bfloat16 leaves out; so runs may move between processors and GPUs."""
    torch.manual_seed(8)
    start = torch.randn(shape)
    ours, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    settings = {"lr": 0.01, "weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"}
    steps = [PreciseMuon([ours], **settings), torch.optim.Muon([theirs], **settings)]
    for _ in range(4):
        ours.grad = theirs.grad = torch.randn(shape)
        for optimiser in steps:
            optimiser.step()
    assert (ours - theirs).norm() < 0.02 * (theirs - start).norm()


def test_narrowed_stems_keep_their_middle():
    stems = np.random.default_rng(0).standard_normal((4, 2, 100)).astype(np.float32)
    mono = augment.narrow(stems, 0.0)
    assert np.allclose(mono[:, 0], mono[:, 1]) and np.allclose(mono.mean(1), stems.mean(1), atol=1e-6)
    assert np.allclose(augment.narrow(stems, 1.0), stems, atol=1e-6)


def test_of_two_band_limits_the_lower_holds_and_none_is_none():
    assert (lower(0, 0), lower(7500, 0), lower(0, 16000), lower(16000, 7500)) == (0, 7500, 16000, 7500)


def test_what_a_teacher_leaves_of_an_absent_stem_is_neither_drawn_nor_a_target(tiny_config, cache):
    """One labelled song has a bass 40 dB below its mixture: basses come from the other, and this song's own counts as silence."""
    rng = np.random.default_rng(0)
    for name, bass in (("with", 0.1), ("without", 0.001)):
        audio.save_clip(cache / f"labels/tiny-train/{name}.npy", rng.standard_normal((4, 2, 60000)) * np.array([0.1, 0.1, bass, 0.1])[:, None, None])
    config = load_config(tiny_config())
    examples = Examples(replace(config, sources=(replace(config.sources[0], quiet=30),)))
    basses = {clip.name for _, clips, _ in examples.pools["bass"].entries for clip in clips}
    assert basses == {"with"} and len(examples.pools["drums"].entries[0][1]) == 2
    plain = replace(config.augment, coherent=1.0, drop=0.0)
    whole = Examples(replace(config, sources=(replace(config.sources[0], quiet=30),), augment=plain))
    silent = [np.abs(whole.example(step, 0, 4096, 1025)[0]).max((1, 2)) == 0 for step in range(12)]
    assert {tuple(row) for row in silent} == {(False, False, True, False), (False, False, False, False)}


def test_a_stream_goes_on_where_the_last_recording_ended():
    torch.manual_seed(0)
    net = randomised(network(LEAN)).eval()
    graph = build(net).SerializeToString()
    model = Streamed(manifest(net, "lean", graph, {}, 1), frames=16, graph=graph)
    one, two = np.random.default_rng(0).standard_normal((2, 2, 512 * 20)).astype(np.float32) * 0.1
    fresh = model.separate(two)
    model.separate(one)
    assert np.array_equal(model.separate(two), fresh)
    model.carry = True
    model.separate(one)
    assert not np.allclose(model.separate(two), fresh)
