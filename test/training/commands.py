"""Runs the recipe's commands as ``python -m training.MODULE`` does, in processes forked from one that has PyTorch already.

Loading PyTorch and ONNX Runtime takes longer than most of these commands need for tiny models.
"""

import functools
import multiprocessing
import multiprocessing.forkserver
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "models"


def _run(module: str, arguments: list[str], env: dict[str, str], out: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(FOLDER)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{out}/{name}", os.O_WRONLY | os.O_CREAT), number)
    sys.argv = [module, *arguments]
    warnings.filterwarnings("ignore", category=RuntimeWarning, module="runpy")  # it was imported by another command before
    runpy.run_module(f"training.{module}", run_name="__main__", alter_sys=True)


@functools.cache
def _server():
    """The process that has everything loaded; it ends with this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["training.train", "training.evaluate", "training.export", "training.prepare", "museval"])
    before = dict(os.environ)
    os.environ.update(OMP_NUM_THREADS="1", PYTHONPATH=os.pathsep.join(map(str, (FOLDER, Path(__file__).parent))))
    multiprocessing.forkserver.ensure_running()
    os.environ.clear()
    os.environ.update(before)
    return context


def run_command(module: str, arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess:
    """A command's exit code and what it wrote; ``env`` is its whole environment."""
    with tempfile.TemporaryDirectory() as out:
        process = _server().Process(target=_run, args=(module, arguments, env, out))
        process.start()
        process.join()
        stdout, stderr = (Path(out, name).read_text() if Path(out, name).exists() else "" for name in ("stdout", "stderr"))
    return subprocess.CompletedProcess(["training", module, *arguments], process.exitcode, stdout, stderr)
