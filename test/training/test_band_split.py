"""Networks of the shipped live models' sizes are those that the engine runs without ONNX Runtime."""

import hashlib
import json
import re
import tomllib

import pytest
import torch

from training.export import build
from training.model import ModelConfig
from training.networks import network

from conftest import ROOT

INT64, SETTING = 7, 8


def fingerprint(model) -> str:
    """As in src/model/read-onnx.ts: SHA-256 of all that a graph is but for its weights."""
    graph = model.graph
    parts = [node.SerializeToString() for node in graph.node]
    for tensor in graph.initializer:
        shape = list(tensor.dims)
        parts.append(json.dumps([tensor.name, tensor.data_type, shape, len(tensor.raw_data)], separators=(",", ":")).encode())
        if tensor.data_type == INT64 or torch.Size(shape).numel() <= SETTING:
            parts.append(tensor.raw_data)
    parts += [message.SerializeToString() for message in (*graph.input, *graph.output, *model.opset_import)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize("name", ["live", "karaoke"])
def test_engine_knows_the_exported_graph(name):
    config = tomllib.loads((ROOT / f"models/training/configs/{name}.toml").read_text())
    torch.manual_seed(0)
    net = network(ModelConfig(**config["model"]))
    for value in net.parameters():  # constants that are alike, as those at the start, would be written once
        value.data += 0.1 * torch.randn_like(value)
    known = re.findall(r"[0-9a-f]{64}", (ROOT / "src/engine/band-split.ts").read_text())
    assert fingerprint(build(net, half=True)) in known
