"""The runtimes that a teacher's graph may be computed by. The teacher itself is 174 MB and not fetched here."""

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from training.errors import TrainingError
from training.teacher import RUNTIMES, _graph


@pytest.fixture()
def graph(tmp_path):
    """Two inputs, two outputs: the sum and the difference."""
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, 64]) for name in ("wave", "spectrum", "sum", "difference")]
    nodes = [helper.make_node("Add", ["wave", "spectrum"], ["sum"]), helper.make_node("Sub", ["wave", "spectrum"], ["difference"])]
    path = tmp_path / "graph.onnx"
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", values[:2], values[2:]), opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_runtime_gives_the_graph_s_outputs_in_their_order(graph, runtime):
    if runtime == "openvino":
        pytest.importorskip("openvino", reason="openvino, which is optional, is not installed")
    a, b = (np.random.default_rng(k).standard_normal((1, 2, 64)).astype(np.float32) for k in range(2))
    total, difference = _graph(graph, 1, runtime)(a, b)
    assert np.abs(total - (a + b)).max() < 0.02 and np.abs(difference - (a - b)).max() < 0.02, "bfloat16 has eight bits"


def test_a_runtime_that_is_not_installed(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(TrainingError, match="pip install openvino"):
        _graph(graph, 1, "openvino")
