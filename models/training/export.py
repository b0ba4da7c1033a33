"""Export a checkpoint as ONNX with its manifest: one hop's spectrum and the state in, masks (or, of a network of filters, the stems' spectra) and the new state out.

Usage: python -m training.export runs/live/last.pt --out ../

The graph is written node by node rather than traced, so that it holds what the browser runs fastest: the GRU operator,
explicit state tensors, bands of equal width in one product, the sum-to-one projection folded into the weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from . import SAMPLE_RATE, STEMS, checkpoint
from .cli import main
from .errors import TrainingError
from .lean import LeanNet, Scaled
from .model import LOG_SCALE, LOG_SHIFT, BandSplitNet, SpectrumNet, delays, sum_to_one

OPSET = 17
HALF_FROM = 1024  # weights: smaller tensors would save nothing


class Graph:
    """Collects nodes and weights; every method returns the name of its result.

    With ``half`` the file holds large weights as float16. The runtime makes float32 of them once, when it loads them.
    """

    def __init__(self, half: bool = False):
        self.nodes, self.weights, self.half, self._known = [], [], half, {}

    def op(self, kind: str, *inputs: str, outputs: int = 1, result: str | None = None, **attributes):
        names = [result or f"{kind.lower()}_{len(self.nodes)}" + (f"_{k}" if outputs > 1 else "") for k in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def const(self, value, exact: bool = False) -> str:
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        array = np.ascontiguousarray(array, np.int64 if array.dtype.kind == "i" else np.float32)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            name = f"w{len(self.weights)}"
            half = self.half and not exact and array.dtype.kind == "f" and array.size >= HALF_FROM
            self.weights.append(numpy_helper.from_array(array.astype(np.float16) if half else array, name))
            self._known[key] = self.op("Cast", name, to=TensorProto.FLOAT) if half else name
        return self._known[key]

    def reshape(self, x: str, *shape: int) -> str:
        return self.op("Reshape", x, self.const(np.array(shape)))

    def linear(self, x: str, weight, bias, exact: bool = False) -> str:
        """x @ weight + bias, weight [..., inputs, outputs]."""
        return self.op("Add", self.op("MatMul", x, self.const(weight, exact)), self.const(bias, exact))

    def norm(self, x: str, layer: torch.nn.LayerNorm) -> str:
        return self.op("LayerNormalization", x, self.const(layer.weight), self.const(layer.bias), axis=-1, epsilon=layer.eps)

    def silu(self, x: str) -> str:
        return self.op("Mul", x, self.op("Sigmoid", x))

    def gru(self, x: str, state: str, layer: torch.nn.GRU, direction: str = "forward") -> tuple[str, str]:
        """x [frames, rows, channels], state [1, rows, channels] (or "": zeros) to the same pair."""
        reorder = lambda w: torch.cat([w.chunk(3)[k] for k in (1, 0, 2)])  # torch: r, z, n; ONNX: z, r, h
        weights = [self.const(reorder(w)[None]) for w in (layer.weight_ih_l0, layer.weight_hh_l0)]
        bias = self.const(torch.cat([reorder(layer.bias_ih_l0), reorder(layer.bias_hh_l0)])[None])
        y, last = self.op("GRU", x, *weights, bias, "", state, outputs=2, hidden_size=layer.hidden_size, linear_before_reset=1, direction=direction)
        return self.op("Squeeze", y, self.const(np.array([1]))), last


def _features(g: Graph, net: SpectrumNet) -> str:
    """spectrum [F, 2, bins, 2] to [F, 8, bins - 1], as BandSplitNet.features."""
    bins, scale = net.config.fft_size // 2, 8 / net.config.fft_size
    x = g.op("Slice", "spectrum", g.const(np.array([0])), g.const(np.array([bins])), g.const(np.array([2])))
    mix = np.array([[1, 0], [0, 1], [0.5, 0.5], [0.5, -0.5]], np.float32) * scale
    x = g.reshape(g.op("MatMul", g.const(mix), g.reshape(x, -1, 2, bins * 2)), -1, 4, bins, 2)  # left, right, mid, side
    power = g.op("ReduceSum", g.op("Mul", x, x), g.const(np.array([3])), keepdims=0)
    power = g.op("Add", power, g.const(np.array(1e-8, np.float32)))
    level = g.op("Mul", g.op("Log", power), g.const(np.array(LOG_SCALE, np.float32)))
    level = g.op("Add", level, g.const(np.array(LOG_SHIFT, np.float32)))
    # Operators broadcast fast along a long last axis, and element by element along one of length 1.
    left_right = [g.op("Slice", t, g.const(np.array([0])), g.const(np.array([2])), g.const(np.array([1]))) for t in (x, power)]
    planes = g.op("Transpose", left_right[0], perm=[0, 1, 3, 2])
    root = g.reshape(g.op("Sqrt", g.op("Sqrt", left_right[1])), -1, 2, 1, bins)
    return g.op("Concat", level, g.reshape(g.op("Div", planes, root), -1, 4, bins), axis=1)


def _split(g: Graph, x: str, sizes: list[int], axis: int) -> list[str]:
    return g.op("Split", x, g.const(np.array(sizes)), axis=axis, outputs=len(sizes)) if len(sizes) > 1 else [x]


def _masks(g: Graph, net: SpectrumNet, heads: list[str]) -> None:
    """Heads [count, F, hidden] of each band width to masks [F, 4, 2, bins, 2]."""
    decoded = []
    for part, decoder, (count, width) in zip(heads, net.decoders, net.config.bands):
        weight, bias = (t.unflatten(0, (2 * len(STEMS), 2, width)).transpose(1, 2).flatten(0, 2) for t in sum_to_one(decoder, 1))
        linear = g.linear(part, weight.t(), bias, exact=True)  # rounded weights would not sum to one
        masks = g.reshape(linear, count, -1, 2 * len(STEMS), width, 2)
        decoded.append(g.reshape(g.op("Transpose", masks, perm=[1, 2, 0, 3, 4]), -1, len(STEMS), 2, count * width, 2))
    g.op("Concat", *decoded, _last_bin(g, decoded), axis=3, result="masks")


def _last_bin(g: Graph, decoded: list[str]) -> str:
    return g.op("Slice", decoded[-1], g.const(np.array([-1])), g.const(np.array([2**31])), g.const(np.array([3])))


def _masks_by_tap(g: Graph, net: SpectrumNet, heads: list[str]) -> list[str]:
    """Heads [count, F, hidden] of each band width to the masks of each tap [F, 3 * 2, 2, bins].

    Live, a product for all taps takes least time. Over whole segments it takes most memory: there each tap has its own.
    """
    taps, made = net.config.taps, len(STEMS) - 1
    weights = [[t.unflatten(0, (taps, len(STEMS), -1))[:, :-1] for t in sum_to_one(decoder, taps)] for decoder in net.decoders]
    at_once = 1 if net.config.bidirectional else taps
    rows, by_tap = at_once * made * 4, []
    for first in range(0, taps, at_once):
        decoded = []
        for part, (weight, bias), (count, width) in zip(heads, weights, net.config.bands):
            weight, bias = (t[first : first + at_once].flatten(0, 2) for t in (weight, bias))
            masks = g.reshape(g.linear(part, weight.t(), bias), count, -1, rows, width)
            decoded.append(g.reshape(g.op("Transpose", masks, perm=[1, 2, 0, 3]), -1, rows // 2, 2, count * width))
        masks = g.op("Concat", *decoded, _last_bin(g, decoded), axis=3)
        by_tap += _split(g, masks, [2 * made] * at_once, 1)
    return by_tap


def _filter(g: Graph, net: SpectrumNet, by_tap: list[str]) -> None:
    """Masks of each tap [F, 3 * 2, 2, bins] on the mixture's last frames to spectra [F, 4, 2, bins, 2] and next_previous.

    A network that looks ahead answers for an earlier frame. The masks of the last stem follow from the others': it is what
    they leave of the mixture. Real and imaginary parts go together, so that the masks of a tap are done with before the
    next one's are made.
    """
    taps, waits, bins, made = net.config.taps, net.config.lookahead, net.config.fft_size // 2 + 1, len(STEMS) - 1
    if net.config.bidirectional:
        g.weights.append(numpy_helper.from_array(np.zeros((taps - 1, 2, bins, 2), np.float32), "previous"))
    heard = g.op("Concat", "previous", "spectrum", axis=0)
    if not net.config.bidirectional:
        g.op("Slice", heard, g.const(np.array([1 - taps - waits])), g.const(np.array([2**31])), g.const(np.array([0])), result="next_previous")
    planes = g.op("Transpose", heard, perm=[0, 1, 3, 2])  # [F, channel, part, bins]
    real, imaginary = _split(g, planes, [1, 1], 2)
    turned = g.op("Concat", g.op("Neg", imaginary), real, axis=2)  # times j
    stems = ""
    for tap, mask in enumerate(by_tap):
        cut = (g.const(np.array([taps - 1 - tap])), g.const(np.array([-tap - waits or 2**31])), g.const(np.array([0])))
        mixture, ahead = (g.reshape(g.op("Slice", x, *cut), -1, 1, 2, 2, bins) for x in (planes, turned))
        mr, mi = _split(g, g.reshape(mask, -1, made, 2, 2, bins), [1, 1], 3)
        term = g.op("Add", g.op("Mul", mr, mixture), g.op("Mul", mi, ahead))
        stems = g.op("Add", stems, term) if tap else term
        present = mixture if tap == 0 else present
    rest = g.op("Sub", present, g.op("ReduceSum", stems, g.const(np.array([1]))))
    g.op("Transpose", g.op("Concat", stems, rest, axis=1), perm=[0, 1, 2, 4, 3], result="spectra")


def _band_split(g: Graph, net: BandSplitNet) -> tuple[list[str], dict[str, list[str]]]:
    """Heads [count, F, hidden] of each group of bands, and the parts of each new state."""
    c = net.config
    bands = c.band_count
    encoded = []
    for part, encoder, (count, width) in zip(_parts(g, net), net.encoders, c.bands):
        grouped = g.op("Transpose", g.reshape(part, -1, net.FEATURES, count, width), perm=[2, 0, 1, 3])
        encoded.append(g.linear(g.reshape(grouped, count, -1, net.FEATURES * width), encoder.weight, encoder.bias))
    x = g.op("Transpose", g.op("Concat", *encoded, axis=0), perm=[1, 0, 2])  # [F, bands, channels]
    carried = net.state_shapes()
    states = {name: _split(g, name, [1] * c.blocks, 0) if name in carried else [""] * c.blocks for name in ("bands", "full")}
    new: dict[str, list[str]] = {"bands": [], "full": [], "passed": []}
    waiting = _waiting(g, net)
    for k, block in enumerate(net.blocks):
        normed = g.norm(x, block.time_norm)
        y, state = g.gru(normed, states["bands"][k], block.time)
        new["bands"].append(state)
        y = g.linear(y, block.time_out.weight.t(), block.time_out.bias)
        if c.bidirectional:
            back, _ = g.gru(normed, "", block.time_back, "reverse")
            y = g.op("Add", y, g.op("MatMul", back, g.const(block.time_back_out.weight.t())))
        x = g.op("Add", _passed(g, block.delay, x, waiting, new), y)
        y = g.silu(g.linear(g.norm(x, block.band_norm), block.squeeze.weight.t(), block.squeeze.bias))
        y = g.linear(g.reshape(y, -1, 1, bands * c.squeeze), block.down.weight.t(), block.down.bias)
        z, state = g.gru(y, states["full"][k], block.full)
        new["full"].append(state)
        z = g.linear(g.op("Add", y, z), block.up.weight.t(), block.up.bias)
        if c.bidirectional:
            back, _ = g.gru(y, "", block.full_back, "reverse")
            z = g.op("Add", z, g.op("MatMul", back, g.const(block.up_back.weight.t())))
        y = g.reshape(z, -1, bands, c.squeeze)
        x = g.op("Add", x, g.linear(g.silu(y), block.expand.weight.t(), block.expand.bias))
    x = g.op("Transpose", g.norm(x, net.head_norm), perm=[1, 0, 2])
    x = g.silu(g.linear(x, net.head.weight, net.head.bias))  # [bands, F, hidden]
    return _split(g, x, [count for count, _ in c.bands], 0), {name: parts for name, parts in new.items() if parts and carried}


def _lean(g: Graph, net: LeanNet) -> tuple[list[str], dict[str, list[str]]]:
    """As `_band_split`. The gains of each layer norm are part of the layer that follows it."""
    c = net.config
    bands = c.band_count
    encoded = []
    for part, encoder, (count, width) in zip(_parts(g, net), net.encoders, c.bands):
        grouped = g.op("Transpose", g.reshape(part, -1, net.FEATURES, count, width), perm=[0, 2, 1, 3])
        encoded.append(g.op("MatMul", g.reshape(grouped, -1, count, net.FEATURES * width), g.const(encoder.weight.t())))
    x = _scaled(g, g.op("Concat", *encoded, axis=1) if len(encoded) > 1 else encoded[0], net.encoded, bands)  # [F, bands, channels]
    states = [_split(g, name, [1] * count, 0) for name, count in (("bands", c.blocks), ("full", len(net.fulls)))]
    waiting = _waiting(g, net)
    new: dict[str, list[str]] = {"bands": [], "full": [], "passed": []}
    for k, block in enumerate(net.blocks):
        y, state = g.gru(g.norm(x, block.time_norm), states[0][k], block.time)
        new["bands"].append(state)
        x = g.op("Add", _passed(g, block.delay, x, waiting, new), g.linear(y, block.time_out.weight.t(), block.time_out.bias))
        y = g.op("MatMul", g.const(block.mix_in.weight), g.norm(x, block.mix_norm))
        y = g.silu(g.op("Add", y, g.const(block.mix_in.bias[:, None])))
        y = g.op("Add", g.op("MatMul", g.const(block.mix_out.weight), y), g.const(block.mix_out.bias[:, None]))
        x = g.op("Add", x, y)
        if k % 2:
            full = net.fulls[k // 2]
            y = g.silu(g.linear(g.norm(x, full.norm), full.squeeze.weight.t(), full.squeeze.bias))
            y = g.linear(g.reshape(y, -1, 1, bands * c.squeeze), full.down.weight.t(), full.down.bias)
            z, state = g.gru(y, states[1][k // 2], full.gru)
            new["full"].append(state)
            z = g.linear(g.op("Add", y, z), full.up.weight.t(), full.up.bias)
            y = g.silu(g.reshape(z, -1, bands, c.squeeze))
            x = g.op("Add", x, g.linear(y, full.expand.weight.t(), full.expand.bias))
    x = g.op("MatMul", g.norm(x, net.head_norm), g.const(net.head.weight.t()))
    x = g.op("Transpose", g.silu(_scaled(g, x, net.headed, bands)), perm=[1, 0, 2])
    return _split(g, x, [count for count, _ in c.bands], 0), {name: parts for name, parts in new.items() if parts}


def _waiting(g: Graph, net: SpectrumNet) -> Iterator[str]:
    """The frames on their way in each block that delays."""
    return iter(_split(g, "passed", [delay for delay in delays(net.config) if delay], 0) if net.config.lookahead else [])


def _passed(g: Graph, delay: int, x: str, waiting: Iterator[str], new: dict[str, list[str]]) -> str:
    """x, ``delay`` frames later."""
    if not delay:
        return x
    queue, ends = g.op("Concat", next(waiting), x, axis=0), g.const(np.array([-delay]))
    first, last, axis = (g.const(np.array([value])) for value in (0, 2**31, 0))
    new["passed"].append(g.op("Slice", queue, ends, last, axis))
    return g.op("Slice", queue, first, ends, axis)


def _parts(g: Graph, net: SpectrumNet) -> list[str]:
    """Features [F, 8, count * width] of each group of bands."""
    return _split(g, _features(g, net), [count * width for count, width in net.config.bands], 2)


def _scaled(g: Graph, x: str, layer: Scaled, bands: int) -> str:
    scale, offset = (g.const(values.view(bands, -1)) for values in (layer.scale, layer.offset))
    return g.op("Add", g.op("Mul", x, scale), offset)


def build(net: SpectrumNet, half: bool = False) -> onnx.ModelProto:
    """The graph of ``net``: inputs spectrum and the state (bands, full, ...); outputs masks and next_bands, next_full, ...

    A network of filters applies them itself: it carries the mixture's last frames (previous) and its output is ``spectra``.
    A bidirectional network sees whole segments and has no state: its input is the spectrum alone, its output the masks.
    With ``half`` the file has half the size; each weight is then off by up to 2^-11 of itself.
    """
    c, g = net.config, Graph(half)
    heads, new = _lean(g, net) if isinstance(net, LeanNet) else _band_split(g, net)
    for name, parts in new.items():
        g.op("Concat", *parts, axis=0, result=f"next_{name}")
    if c.taps == 1:
        _masks(g, net, heads)
    else:
        _filter(g, net, _masks_by_tap(g, net, heads))
    carried = _state(net)
    result = "masks" if c.taps == 1 else "spectra"
    bins = c.fft_size // 2 + 1
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
    inputs = [value("spectrum", ("frames", 2, bins, 2)), *(value(*row) for row in carried.items())]
    outputs = [value(result, ("frames", len(STEMS), 2, bins, 2)), *(value(f"next_{name}", shape) for name, shape in carried.items())]
    graph = helper.make_graph(g.nodes, "separator", inputs, outputs, g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9, producer_name="danna-sep")
    onnx.checker.check_model(model)
    return model


def _state(net: SpectrumNet) -> dict[str, tuple[int, ...]]:
    """Shapes of what is carried from run to run; a network of filters also keeps the mixture's last frames."""
    c, shapes = net.config, net.state_shapes()
    return shapes if c.taps == 1 or c.bidirectional else {**shapes, "previous": (c.taps - 1 + c.lookahead, 2, c.fft_size // 2 + 1, 2)}


def _cuts(net: SpectrumNet, blob: bytes) -> dict:
    """Where a bidirectional graph can be cut: what comes before the blocks, and after them, sees each frame by itself.

    A filter over several frames does not.
    """
    norms = [node for node in onnx.load_from_string(blob).graph.node if node.op_type == "LayerNormalization"]
    shape = ["frames", net.config.band_count, net.config.channels]
    return {"cuts": [{"name": name, "shape": shape} for name in (norms[0].input[0], norms[-1].output[0])]} if norms and net.config.taps == 1 else {}


def manifest(net: SpectrumNet, name: str, blob: bytes, card: dict, frames: int, rates: list[int] | None = None) -> dict:
    """What the engine needs to know of the model, and where it comes from (format: docs of src/engine).

    A bidirectional network is given segments of ``frames``, of which every next one covers a quarter again, at each of
    ``rates`` (samples per second), as if each were its own; its stems are averaged.
    """
    c, bins = net.config, net.config.fft_size // 2 + 1
    output = {"name": "masks", "kind": "mask"} if c.taps == 1 else {"name": "spectra", "kind": "spectrum"}
    return {
        "format": 1,
        "name": name,
        "file": f"{name}.onnx",
        "bytes": len(blob),
        "sha256": hashlib.sha256(blob).hexdigest(),
        "sampleRate": SAMPLE_RATE,
        "fftSize": c.fft_size,
        "hop": c.hop,
        "synthesisWindow": c.synthesis,
        "lookahead": c.lookahead,
        "stems": list(STEMS),
        "input": {"name": "spectrum", "shape": ["frames", 2, bins, 2]},
        "output": {**output, "shape": ["frames", len(STEMS), 2, bins, 2]},
        "state": [{"input": key, "output": f"next_{key}", "shape": list(shape)} for key, shape in _state(net).items()],
        **({"segment": {"frames": frames, "overlap": 0.0625, **({"rates": rates} if rates else {}), **_cuts(net, blob)}} if c.bidirectional else {}),
        "licence": card.get("licence", "unknown"),
        "trainedOn": list(card.get("trained_on", [])),
        "scores": {},
        "multiplyAccumulatesPerHop": net.multiply_accumulates(),
    }


def run(args: argparse.Namespace) -> None:
    state = checkpoint.load(args.checkpoint)
    net = checkpoint.load_model(args.checkpoint)
    name = args.name or state["config"]["name"]
    blob = build(net, half=not args.single).SerializeToString()
    table = manifest(net, name, blob, state["config"]["card"], state["config"]["train"]["late_frames"], args.rates)
    table["training"] = {"steps": state["step"], "seed": state["config"]["train"]["seed"]}
    args.out.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        for path, content in ((args.out / f"{name}.onnx", blob), (args.out / f"{name}.json", (json.dumps(table, indent=2) + "\n").encode())):
            partial = path.with_name(path.name + ".partial")
            written.append((partial, path))
            partial.write_bytes(content)
    except OSError as error:
        for partial, _ in written:
            partial.unlink(missing_ok=True)
        raise TrainingError(f"cannot write to {args.out}: {error.strerror}") from error
    for partial, path in written:
        partial.replace(path)
    print(f"{args.out / name}.onnx: {len(blob) / 1e6:.1f} MB, {table['multiplyAccumulatesPerHop'] / 1e6:.2f} MMAC a hop")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("--out", type=Path, default=Path(), help="folder for NAME.onnx and NAME.json")
    p.add_argument("--name", help="name of the model (default: the config's)")
    p.add_argument("--rates", type=int, nargs="+", help="rates at which a bidirectional model hears a segment, to average its stems (default: its own)")
    p.add_argument("--single", action="store_true", help="weights as float32: twice the size, bit for bit what was trained")
    return p


if __name__ == "__main__":
    main(parser(), run)
