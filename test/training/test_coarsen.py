"""Rounded weights: few values, masks that still sum to one, files that fit together."""

import hashlib
import json
import zlib

import numpy as np
import onnxruntime
import pytest
import torch

from training import export
from training.coarsen import coarse
from training.model import ModelConfig
from training.networks import network

from conftest import call

STEMS = 4


@pytest.mark.parametrize("share", [0.03, 0.0625, 0.5])
def test_weights_are_multiples_of_a_power_of_two(share):
    weights = np.random.default_rng(1).normal(0, 0.03, (64, 96)).astype(np.float32)
    rounded = coarse(weights, share, 5)
    step = 2.0 ** np.round(np.log2(share * weights.std()))
    assert rounded.dtype == weights.dtype and np.abs(rounded - weights).max() <= step / 2
    assert not np.mod(rounded, step).any()


def test_what_sums_to_zero_over_the_stems_still_does():
    weights = np.random.default_rng(2).normal(0, 0.1, (32, STEMS, 40))
    weights = (weights - weights.mean(1, keepdims=True)).reshape(32, -1).astype(np.float32)
    rounded = coarse(weights, 0.3, STEMS)
    assert not rounded.reshape(32, STEMS, 40).sum(1).any()
    assert np.abs(rounded - weights).max() < 0.1, "none gives way by more than a step or two"


def test_a_model_gets_smaller_when_packed_and_separates_nearly_the_same(tmp_path):
    torch.manual_seed(3)
    net = network(ModelConfig(fft_size=512, synthesis=256, hop=128, bands=((8, 16), (2, 64)), channels=24, blocks=2))
    blob = export.build(net, half=True).SerializeToString()
    (tmp_path / "tiny.onnx").write_bytes(blob)
    (tmp_path / "tiny.json").write_text(json.dumps(export.manifest(net, "tiny", blob, {}, 8)))
    call("coarsen", tmp_path / "tiny.json")
    rounded = (tmp_path / "tiny.onnx").read_bytes()
    manifest = json.loads((tmp_path / "tiny.json").read_text())
    assert (manifest["bytes"], manifest["sha256"]) == (len(rounded), hashlib.sha256(rounded).hexdigest())
    assert len(zlib.compress(rounded, 9)) < 0.8 * len(zlib.compress(blob, 9))
    spectrum = np.random.default_rng(4).normal(0, 1, (6, *manifest["input"]["shape"][1:])).astype(np.float32)
    state = {row["input"]: np.zeros(row["shape"], np.float32) for row in manifest["state"]}
    made, before = (onnxruntime.InferenceSession(b).run(None, {"spectrum": spectrum, **state})[0] for b in (rounded, blob))
    error = np.square(made - before).sum() / np.square(before).sum()
    assert 0 < error < 1e-2


def test_a_manifest_without_its_model_is_refused(tmp_path):
    (tmp_path / "lost.json").write_text(json.dumps({"file": "lost.onnx"}))
    result = call("coarsen", tmp_path / "lost.json", check=False)
    assert result.returncode != 0 and "lost.json" in result.stderr
