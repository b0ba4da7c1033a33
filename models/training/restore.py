"""Weights to start a training run from: a checkpoint's, or those of an exported model, read back from its ONNX file.

With it the models that ship can be fine-tuned without their checkpoints. `export.build` writes the layers in one fixed
order; reading takes them in that order and undoes what writing did to each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from . import STEMS, checkpoint
from .errors import TrainingError
from .lean import LeanNet, Scaled
from .model import BandLinear, BandSplitNet, ModelConfig, SpectrumNet
from .networks import network


def weights(path: Path, config: ModelConfig) -> dict[str, Tensor]:
    """State of a network of ``config`` from a checkpoint or from NAME.json beside NAME.onnx.

    A causal network may start a bidirectional one of the same sizes: what runs backwards is then missing in the result.
    A bidirectional network may start one that only runs forwards: what runs backwards is left out.
    A network may start one of more or fewer taps: it keeps the taps that it has, further ones are zero.
    One of fewer blocks may start a deeper one: the further blocks change nothing until they learn.
    One of shorter windows may start one of longer ones with the same bands in hertz: finer bins share what a coarse one had.
    Raises TrainingError when the file holds something else.
    """
    state = exported(path, config) if path.suffix == ".json" else checkpoint.load(path)["ema"]
    wanted = network(config).state_dict()
    if not config.bidirectional:
        state = {name: value for name, value in state.items() if "_back" not in name}
    if config.family == "band-split":
        _refine(state, wanted)
        _deepen(state, wanted)
    for name, value in state.items():
        if name.startswith("decoders.") and name in wanted:
            more = len(wanted[name]) - len(value)
            state[name] = torch.cat([value, value.new_zeros(more, *value.shape[1:])]) if more > 0 else value[: len(wanted[name])]
    missing = {name for name in wanted if name not in state and not (config.bidirectional and "_back" in name)}
    if missing or any(name not in wanted or wanted[name].shape != value.shape for name, value in state.items()):
        raise TrainingError(f"{path} holds a network of other sizes; [model] must be the same to fine-tune")
    return state


def _refine(state: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Repeat what ``state`` holds for a bin where ``wanted`` has several bins instead: decoders' rows, encoders' columns (their mean)."""
    features = BandSplitNet.FEATURES
    widths = {name.split(".")[1]: value.shape[1] // features for name, value in state.items() if name.startswith("encoders.") and name.endswith("weight")}
    for name, value in state.items():
        layer, index, *_ = name.split(".")
        if layer not in ("encoders", "decoders") or name not in wanted or name == f"encoders.{index}.bias":
            continue
        axis = 1 if layer == "encoders" else 0
        times = wanted[f"encoders.{index}.weight"].shape[1] // features // widths[index]
        if times > 1:
            repeated = value.unflatten(axis, (-1, widths[index])).repeat_interleave(times, axis + 1).flatten(axis, axis + 1)
            state[name] = repeated / times if layer == "encoders" else repeated


def _deepen(state: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Blocks that ``state`` lacks, with zeros in the layers whose output is added to what passes by."""
    known = {name.split(".")[1] for name in state if name.startswith("blocks.")}
    for name, value in wanted.items():
        layer, index, *rest = name.split(".")
        if layer == "blocks" and index not in known:
            state[name] = torch.zeros_like(value) if rest[0] in ("time_out", "expand") else value


def exported(path: Path, config: ModelConfig) -> dict[str, Tensor]:
    """State of the network in the ONNX file of the manifest ``path``, which must have the sizes of ``config`` but for its windows and blocks."""
    try:
        manifest = json.loads(path.read_text())
        graph = onnx.load(path.parent / manifest["file"]).graph
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"{path}: not a readable manifest with its .onnx beside it ({error})") from error
    except Exception as error:  # protobuf has a type of its own for a damaged file
        raise TrainingError(f"{path}: its .onnx is not readable ({error.__class__.__name__})") from error
    try:
        sizes = {**_sizes(manifest, config), "bidirectional": "segment" in manifest, "taps": _taps(graph, manifest["lookahead"])}
        if config.family == "band-split":
            sizes["blocks"] = _blocks(graph, manifest)
        net = network(ModelConfig(**{**config.as_dict(), **sizes}))
        constants = _constants(graph)
        with torch.no_grad():
            (_read_lean if isinstance(net, LeanNet) else _read)(net, constants)
            _read_decoders(net, constants)
    except (StopIteration, RuntimeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path} holds a network of other sizes; [model] must be the same to fine-tune") from error
    return net.state_dict()


def _sizes(manifest: dict, config: ModelConfig) -> dict:
    """The file's windows, and the bands of ``config`` in their bins."""
    bands = [(count, width * manifest["fftSize"] // config.fft_size) for count, width in config.bands]
    return {"fft_size": manifest["fftSize"], "synthesis": manifest["synthesisWindow"], "hop": manifest["hop"], "bands": bands}


def _blocks(graph: onnx.GraphProto, manifest: dict) -> int:
    """Each block has two GRUs, and two more that run backwards where whole segments are heard."""
    return sum(node.op_type == "GRU" for node in graph.node) // (4 if "segment" in manifest else 2)


def _taps(graph: onnx.GraphProto, lookahead: int) -> int:
    """Frames that the exported network's filters span: the present one and those before it, less those that filters wait for. A mask keeps none."""
    carried = (value.type.tensor_type.shape.dim[0].dim_value for value in graph.input if value.name == "previous")
    silent = (weight.dims[0] for weight in graph.initializer if weight.name == "previous")
    before = sum((*carried, *silent))
    return 1 + before - lookahead if before else 1


def _constants(graph: onnx.GraphProto) -> Iterator[Tensor]:
    """Weights of the layers in the order of the graph's nodes."""
    known = {weight.name: torch.tensor(numpy_helper.to_array(weight)) for weight in graph.initializer}
    known.update({node.output[0]: known[node.input[0]].float() for node in graph.node if node.op_type == "Cast"})
    products = set()
    mixing = next(node.input[0] for node in graph.node if node.op_type == "MatMul")  # left and right to mid and side
    for node in graph.node:
        if node.op_type in ("LayerNormalization", "GRU"):
            yield from (known[name] for name in node.input[1:] if name in known)
        elif node.op_type == "MatMul" and (node.input[1] in known or (node.input[0] in known and node.input[0] != mixing)):
            products.add(node.output[0])
            yield known[node.input[1] if node.input[1] in known else node.input[0]]
        elif node.op_type in ("Add", "Mul") and node.input[0] in products and node.input[1] in known:
            products.add(node.output[0])
            yield known[node.input[1]]
        elif node.op_type == "Concat" and node.input[0] in products:
            products.add(node.output[0])


class _Reader:
    """Fills layers with the constants that come next."""

    def __init__(self, constants: Iterator[Tensor]):
        self.constants = constants

    def norm(self, layer: nn.LayerNorm) -> None:
        layer.weight.copy_(next(self.constants))
        layer.bias.copy_(next(self.constants))

    def linear(self, layer: nn.Linear) -> None:
        layer.weight.copy_(next(self.constants).t())
        if layer.bias is not None:
            layer.bias.copy_(next(self.constants))

    def left(self, layer: nn.Linear) -> None:
        """A layer that works along the bands: its weight is the left one of the product."""
        layer.weight.copy_(next(self.constants))
        layer.bias.copy_(next(self.constants)[:, 0])

    def bands(self, layer: BandLinear) -> None:
        layer.weight.copy_(next(self.constants))
        layer.bias.copy_(next(self.constants))

    def scaled(self, layer: Scaled) -> None:
        layer.scale.copy_(next(self.constants).flatten())
        layer.offset.copy_(next(self.constants).flatten())

    def gru(self, layer: nn.GRU) -> None:
        reorder = lambda w: torch.cat([w.chunk(3)[k] for k in (1, 0, 2)])  # ONNX: z, r, h; torch: r, z, n
        layer.weight_ih_l0.copy_(reorder(next(self.constants)[0]))
        layer.weight_hh_l0.copy_(reorder(next(self.constants)[0]))
        for bias, values in zip((layer.bias_ih_l0, layer.bias_hh_l0), next(self.constants)[0].chunk(2)):
            bias.copy_(reorder(values))


def _read_lean(net: LeanNet, constants: Iterator[Tensor]) -> None:
    read = _Reader(constants)
    for encoder in net.encoders:
        read.linear(encoder)
    read.scaled(net.encoded)
    for k, block in enumerate(net.blocks):
        read.norm(block.time_norm)
        read.gru(block.time)
        read.linear(block.time_out)
        read.norm(block.mix_norm)
        read.left(block.mix_in)
        read.left(block.mix_out)
        if k % 2:
            full = net.fulls[k // 2]
            read.norm(full.norm)
            read.linear(full.squeeze)
            read.linear(full.down)
            read.gru(full.gru)
            read.linear(full.up)
            read.linear(full.expand)
    read.norm(net.head_norm)
    read.linear(net.head)
    read.scaled(net.headed)


def _read(net: BandSplitNet, constants: Iterator[Tensor]) -> None:
    read = _Reader(constants)
    for encoder in net.encoders:
        read.bands(encoder)
    for block in net.blocks:
        read.norm(block.time_norm)
        read.gru(block.time)
        read.linear(block.time_out)
        if block.bidirectional:
            read.gru(block.time_back)
            read.linear(block.time_back_out)
        read.norm(block.band_norm)
        read.linear(block.squeeze)
        read.linear(block.down)
        read.gru(block.full)
        read.linear(block.up)
        if block.bidirectional:
            read.gru(block.full_back)
            read.linear(block.up_back)
        read.linear(block.expand)
    read.norm(net.head_norm)
    read.bands(net.head)


def _read_decoders(net: SpectrumNet, constants: Iterator[Tensor]) -> None:
    if net.config.taps == 1:
        for decoder, (_, width) in zip(net.decoders, net.config.bands):
            plain = lambda w: w.unflatten(0, (2 * len(STEMS), width, 2)).transpose(1, 2).flatten(0, 2)
            decoder.weight.copy_(plain(next(constants).t()))
            decoder.bias.copy_(plain(next(constants).flatten()))
        return
    products = net.config.taps if net.config.bidirectional else 1
    for product in range(products):
        for decoder, (_, width) in zip(net.decoders, net.config.bands):
            weight, bias = (t.unflatten(0, (products, net.config.taps // products, len(STEMS), -1))[product] for t in (decoder.weight, decoder.bias))
            weight.copy_(_all_stems(next(constants).t(), len(weight)))
            bias.copy_(_all_stems(next(constants).flatten(), len(bias)))
            if product == 0:
                bias.unflatten(2, (2, 2, width))[0, -1, :, 0] += 1  # masks sum to one


def _all_stems(rows: Tensor, taps: int) -> Tensor:
    """Rows of the decoder for all stems: the file of a network of filters lacks the last one's, which follow from the sum."""
    known = rows.unflatten(0, (taps, len(STEMS) - 1, -1))
    return torch.cat((known, -known.sum(1, keepdim=True)), 1)
