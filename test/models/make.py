"""Makes the model fixtures of the tests: NAME.onnx and NAME.json beside this script.

    python -m pip install onnx==1.23.2 numpy
    python test/models/make.py

The files are committed; the tests do not need Python.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

HERE = Path(__file__).parent
STEMS = ["vocals", "drums", "bass", "other"]
SIX = ["vocals", "drums", "bass", "guitar", "piano", "other"]


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value, dtype=np.float32):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def __call__(self, op, *inputs, output=None, outputs=1, **attributes):
        names = [output or f"{op}{len(self.nodes)}" + (f"_{i}" if i else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def shape(self, *sizes):
        return self.constant(sizes, np.int64)


def write(name, graph, *, fft_size, synthesis_window, sample_rate, output, kind, state=(), fields={}, stems=STEMS):
    """Saves the graph, whose output names must be `output` and the states' outputs."""
    bins = fft_size // 2 + 1
    shapes = {"input": ["frames", 2, bins, 2], "output": ["frames", len(stems), 2, bins, 2]}
    tensor = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            name,
            [tensor("spectrum", shapes["input"])] + [tensor(s["input"], s["shape"]) for s in state],
            [tensor(output, shapes["output"])] + [tensor(s["output"], s["shape"]) for s in state],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    path = HERE / f"{name}.onnx"
    save_model(model, path)
    data = path.read_bytes()
    manifest = {
        "format": 1,
        "name": name,
        "file": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "sampleRate": sample_rate,
        "fftSize": fft_size,
        "hop": synthesis_window // 2,
        "synthesisWindow": synthesis_window,
        "lookahead": 0,
        "stems": stems,
        "input": {"name": "spectrum", "shape": shapes["input"]},
        "output": {"name": output, "kind": kind, "shape": shapes["output"]},
        "state": list(state),
        "licence": "CC0-1.0",
        "trainedOn": [],
        "scores": {},
        "multiplyAccumulatesPerHop": 0,
        **fields,
    }
    (HERE / f"{name}.json").write_text(json.dumps(manifest, indent=2) + "\n")


LIVE = {"fft_size": 2048, "synthesis_window": 1024, "sample_rate": 44100}
STATE = {"input": "state", "output": "next_state"}


def identity():
    """A quarter of the mixture for every stem; a state that is handed through."""
    g = Graph()
    frames = g("Slice", g("Shape", "spectrum"), g.shape(0), g.shape(1))
    shape = g("Concat", frames, g.shape(4, 2, 1025, 2), axis=0)
    g("Expand", g.constant([[[[[0.25, 0]]]]]), shape, output="masks")
    g("Identity", "state", output="next_state")
    write("identity", g, **LIVE, output="masks", kind="mask", state=[{**STATE, "shape": [1]}])


def recurrent(bidirectional=False):
    """Random weights around a GRU over 41 bands of 25 bins: complex masks that sum to one. Bidirectional
    it has no state and takes segments of 40 frames."""
    directions = 2 if bidirectional else 1
    random = np.random.default_rng(1)
    weights = lambda *shape: random.normal(0, 1 / np.sqrt(shape[-1]), shape)
    hidden, bands, width = 16, 41, 25
    g = Graph()
    banded = g("Reshape", "spectrum", g.shape(0, 2 * bands, width * 2))
    power = g("ReduceSumSquare", banded, axes=[2], keepdims=0)
    features = g("Log", g("Add", power, g.constant(1e-3)))
    sequence = g("Unsqueeze", features, g.shape(1))
    series, last = g(
        "GRU",
        sequence,
        g.constant(0.5 * weights(directions, 3 * hidden, 2 * bands)),
        g.constant(1.5 * weights(directions, 3 * hidden, hidden)),
        "",
        "",
        "" if bidirectional else "state",
        outputs=2,
        hidden_size=hidden,
        **({"direction": "bidirectional"} if bidirectional else {}),
    )
    series = g("Reshape", series, g.shape(0, directions * hidden))
    if not bidirectional:
        g("Identity", last, output="next_state")

    def heads(count, activation, **attributes):
        logits = g("MatMul", series, g.constant(3 * weights(directions * hidden, count * 2 * bands)))
        return g(activation, g("Reshape", logits, g.shape(0, count, 2, bands, 1, 1)), **attributes)

    real = heads(4, "Softmax", axis=1)
    turn = g("Mul", heads(1, "Tanh"), g.constant(np.reshape([0.3, -0.3, 0.1, -0.1], (1, 4, 1, 1, 1, 1))))
    pairs = g("Concat", real, turn, axis=5)
    wide = g("Expand", pairs, g.shape(1, 1, 1, 1, width, 1))
    g("Reshape", wide, g.shape(0, 4, 2, bands * width, 2), output="masks")
    if bidirectional:
        segment = {"segment": {"frames": 40, "overlap": 0.25}}
        return write("bidirectional", g, **LIVE, output="masks", kind="mask", fields=segment)
    state = [{**STATE, "shape": [1, 1, hidden]}]
    return write("recurrent", g, **LIVE, output="masks", kind="mask", state=state)


def spectra():
    """Shares of 0.4, 0.3, 0.2, 0.1 as spectra, with no state and other sizes everywhere."""
    g = Graph()
    shares = g.constant(np.reshape([0.4, 0.3, 0.2, 0.1], (1, 4, 1, 1, 1)))
    g("Mul", g("Unsqueeze", "spectrum", g.shape(1)), shares, output="stems")
    sizes = {"fft_size": 512, "synthesis_window": 128, "sample_rate": 22050}
    write("spectra", g, **sizes, output="stems", kind="spectrum")


def bands():
    """Each stem its own stretch of the spectrum, softly; the same masks in every frame, no state."""
    g = Graph()
    frames = g("Slice", g("Shape", "spectrum"), g.shape(0), g.shape(1))
    octaves = np.log2(np.arange(1025) + 1.0)
    weights = np.exp(-((octaves - np.array([[5.5], [8.0], [2.0], [4.0]])) ** 2))
    masks = np.zeros((1, 4, 1, 1025, 2))
    masks[0, :, 0, :, 0] = weights / weights.sum(axis=0)
    shape = g("Concat", frames, g.shape(4, 2, 1025, 2), axis=0)
    g("Expand", g.constant(masks), shape, output="masks")
    write("bands", g, **LIVE, output="masks", kind="mask")


def faulty():
    """Masks of 0.4, 0.3, 0.2, 0.1 that turn to NaN, and the state for good to infinity, where the
    left channel's DC bin is above 100; a state that is not finite makes every mask NaN."""
    g = Graph()
    left = g("Slice", "spectrum", g.shape(0, 0, 0), g.shape(1, 1, 1), g.shape(1, 2, 3))
    bad = g("Greater", g("Reshape", left, g.shape(0, 1, 1, 1, 1)), g.constant(100))
    scale = g("Where", bad, g.constant(np.nan), g.constant(1))
    poisoned = g("Add", scale, g("Mul", "state", g.constant(0)))
    shares = np.zeros((1, 4, 1, 1, 2))
    shares[0, :, 0, 0, 0] = [0.4, 0.3, 0.2, 0.1]
    g(
        "Expand",
        g("Mul", poisoned, g.constant(shares)),
        g.shape(1, 4, 2, 1025, 2),
        output="masks",
    )
    steps = g("Where", bad, g.constant(np.inf), g.constant(1))
    g("Add", "state", g("Reshape", g("ReduceSum", steps, keepdims=0), g.shape(1)), output="next_state")
    write("faulty", g, **LIVE, output="masks", kind="mask", state=[{**STATE, "shape": [1]}])


def branches(name, stems, wave, spectrum):
    """HTDemucs' form: waveform and spectrogram in, both branches' stems out, drums first. Each stem is a
    share of the mixture, one in the waveform and one in the spectrogram."""
    samples, frames, count = 20480, 20, len(stems)
    g = Graph()
    for source, shares, output in (("waveform", wave, "wave"), ("spectrogram", spectrum, "spectrum")):
        rank = 4 if output == "wave" else 5
        weights = g.constant(np.reshape(shares, (1, count) + (1,) * (rank - 2)))
        g("Mul", g("Unsqueeze", source, g.shape(1)), weights, output=output)
    shapes = {"waveform": [1, 2, samples], "spectrogram": [1, 4, 2048, frames]}
    results = {"spectrum": [1, count, 4, 2048, frames], "wave": [1, count, 2, samples]}
    tensors = lambda named: [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in named.items()]
    graph = helper.make_graph(g.nodes, "branches", tensors(shapes), tensors(results), g.constants)
    opset = [helper.make_opsetid("", 17)]
    path = HERE / f"{name}.onnx"
    save_model(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    data = path.read_bytes()
    manifest = {
        "format": 1,
        "kind": "htdemucs",
        "name": name,
        "file": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "sampleRate": 44100,
        "segmentSamples": samples,
        "overlap": 0.25,
        "stems": stems,
        "licence": "CC0-1.0",
        "trainedOn": [],
        "scores": {},
    }
    (HERE / f"{name}.json").write_text(json.dumps(manifest, indent=2) + "\n")


def six():
    """Six stems, each a share of the mixture; the same graph for whole segments; and the blend of both,
    in unequal parts, with the Wiener filter."""
    g = Graph()
    frames = g("Slice", g("Shape", "spectrum"), g.shape(0), g.shape(1))
    shape = g("Concat", frames, g.shape(6, 2, 1025, 2), axis=0)
    masks = np.zeros((1, 6, 1, 1, 2))
    masks[0, :, 0, 0, 0] = [0.3, 0.25, 0.2, 0.12, 0.08, 0.05]
    g("Expand", g.constant(masks), shape, output="masks")
    write("six", g, **LIVE, output="masks", kind="mask", stems=SIX)
    manifest = json.loads((HERE / "six.json").read_text())
    segment = {**manifest, "name": "six-segment", "segment": {"frames": 40, "overlap": 0.25}}
    shares = [0.5, 0.25, 0.75, 1, 0, 0.5]
    parts = {"six-segment": shares, "six": [1 - share for share in shares]}
    studio = {
        "format": 1,
        "kind": "blend",
        "name": "six-studio",
        "stems": SIX,
        "models": [{"model": m, "weights": dict(zip(SIX, w))} for m, w in parts.items()],
        "wiener": {"iterations": 1, "weights": {"vocals": 1, "guitar": 0.5, "piano": 0}},
        "licence": "CC0-1.0",
        "trainedOn": [],
        "scores": {},
    }
    for extra in (segment, studio):
        (HERE / f"{extra['name']}.json").write_text(json.dumps(extra, indent=2) + "\n")


def blended():
    """A blend of a model of whole segments and one that runs forward in time, and the Wiener filter."""
    shares = [0.5, 0.25, 0.75, 1]
    parts = {"bidirectional": shares, "recurrent": [1 - share for share in shares]}
    manifest = {
        "format": 1,
        "kind": "blend",
        "name": "blended",
        "models": [{"model": m, "weights": dict(zip(STEMS, w))} for m, w in parts.items()],
        "wiener": {"iterations": 1, "weights": {"vocals": 1, "drums": 0.5, "bass": 0, "other": 0.25}},
        "licence": "CC0-1.0",
        "trainedOn": [],
        "scores": {},
    }
    (HERE / "blended.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    identity()
    recurrent()
    recurrent(bidirectional=True)
    spectra()
    bands()
    faulty()
    four = ["drums", "bass", "other", "vocals"]
    branches("branches", four, [0.1, 0.2, 0.3, 0], [0, 0.1, 0.1, 0.2])
    wave, spectrum = [0.05, 0.15, 0.2, 0, 0.05, 0.1], [0, 0.1, 0.05, 0.2, 0.1, 0]
    branches("branches-six", [*four, "guitar", "piano"], wave, spectrum)
    six()
    blended()
