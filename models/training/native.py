"""The recipe's C++ for the CPU, compiled on first use, as torch.ops.danna.*.

Everything in it has a counterpart in PyTorch, which computes the same numbers more slowly: on other devices and where
no compiler is at hand.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from pathlib import Path

import torch

log = logging.getLogger(__name__)
SOURCE = "native.cpp"
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-fno-semantic-interposition"]


@functools.cache
def extension():
    """The compiled functions (torch.ops.danna), or None where they cannot be built."""
    from torch.utils import cpp_extension

    folder = Path(__file__).parent
    files = sorted([*folder.glob("*.cpp"), *folder.glob("*.h")])
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files) + " ".join(FLAGS).encode()).hexdigest()[:12]  # checkouts side by side each keep theirs
    try:
        cpp_extension.load(f"danna_{version}", [str(folder / SOURCE)], extra_cflags=FLAGS, is_python_module=False, verbose=False)
    except (OSError, RuntimeError, ImportError) as error:
        log.warning("fused C++ not built, PyTorch's own is used instead (slower): %s", str(error).splitlines()[0])
        return None
    return torch.ops.danna


def usable(*tensors: torch.Tensor) -> bool:
    """Whether the compiled functions take these: float32 on the CPU, not while a graph is exported."""
    plain = all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in tensors)
    return plain and not torch.onnx.is_in_onnx_export() and extension() is not None
