"""The recipe as a user runs it: three commands from a MUSDB18 folder to a model, resuming, fine-tuning, several processes."""

import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import onnxruntime
import pytest
import torch

from training import checkpoint
from training.prepare import VALIDATION

from conftest import ROOT, call


@pytest.fixture(scope="session")
def songs(stem_mp4, tmp_path_factory):
    """A cache with three tiny songs, one of them of the validation split."""
    root, cache = tmp_path_factory.mktemp("musdb18"), tmp_path_factory.mktemp("songs")
    for seed, title in enumerate(["First - Song", "Second - Song", "ANiMAL - Rockshow"]):
        stem_mp4(root / "train" / f"{title}.stem.mp4", seconds=4, seed=seed)
    call("prepare", "musdb18", root, "--name", "tiny", env={"DANNA_CACHE": str(cache)}, fresh=True)
    return cache


@pytest.fixture
def prepared(songs, cache):
    """The songs in a cache of the test's own."""
    return shutil.copytree(songs, cache)


def test_three_commands_make_a_model(prepared, tiny_config, tmp_path):
    """prepare (in the fixture), train, export; then evaluate scores what export wrote."""
    config = tiny_config(steps=60)
    call("train", "--config", config, "--out", tmp_path / "run", "--validation", "tiny-valid", fresh=True)
    call("export", tmp_path / "run/last.pt", "--out", tmp_path / "models")
    manifest = json.loads((tmp_path / "models/tiny.json").read_text())
    blob = (tmp_path / "models/tiny.onnx").read_bytes()
    assert manifest["bytes"] == len(blob) and manifest["licence"] == "CC0-1.0"
    session = onnxruntime.InferenceSession(blob)
    assert {node.name for node in session.get_inputs()} == {"spectrum", *(row["input"] for row in manifest["state"])}
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == 60 and len(log[-1]["sdr"]) == 4

    call("evaluate", tmp_path / "models/tiny.json", "--set", "tiny-valid", "--write")
    scores = json.loads((tmp_path / "models/tiny.json").read_text())["scores"]
    assert scores["songs"] == 1
    # the stems are easy to tell apart: a few seconds of training must already beat the mixture, and the oracle beats both
    assert scores["mixture"]["sdr"]["average"] + 3 < scores["tiny"]["sdr"]["average"] < scores["ideal ratio mask"]["sdr"]["average"]
    assert scores["tiny"]["museval"]["average"] > scores["mixture"]["museval"]["average"]


def weights(path):
    return checkpoint.load(path)


def equal(a, b) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.values(), b.values()))


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_resumed_run_equals_uninterrupted_run(prepared, tiny_config, tmp_path, optimiser):
    """Killed at an arbitrary moment after a checkpoint and started again: the same weights, bit for bit."""
    config = tiny_config(steps=40)
    config.write_text(config.read_text().replace("lr = 4e-3", f'lr = 4e-3\noptimiser = "{optimiser}"'))
    call("train", "--config", config, "--out", tmp_path / "whole", "--device", "cpu")
    command = [sys.executable, "-m", "training.train", "--config", config, "--out", tmp_path / "cut", "--save-every", "0", "--device", "cpu"]
    import os

    process = subprocess.Popen(command, cwd=ROOT / "models", env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)
    last = tmp_path / "cut/last.pt"
    while process.poll() is None and not last.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stopped_at = weights(last)["step"]
    assert 0 < stopped_at < 40
    call("train", "--config", config, "--out", tmp_path / "cut", "--device", "cpu")
    a, b = weights(tmp_path / "whole/last.pt"), weights(last)
    assert a["step"] == b["step"] == 40
    assert equal(a["model"], b["model"]) and equal(a["ema"], b["ema"])


def test_a_cooldown_branches_off_a_trunk_that_goes_on(prepared, tiny_config, tmp_path):
    """A constant rate, states carried from example to example; resumed, the trunk is what it would have been, and a branch of it cools down."""
    trunk = tiny_config("trunk.toml", steps=12)
    trunk.write_text(trunk.read_text().replace("lr = 4e-3", 'lr = 4e-3\nschedule = "constant"\ncarry = 0.5').replace("late_frames", "late_from = 1.0\nlate_frames"))
    call("train", "--config", trunk, "--out", tmp_path / "whole", "--device", "cpu")
    half = tiny_config("half.toml", steps=6)
    half.write_text(trunk.read_text().replace("steps = 12", "steps = 6"))
    call("train", "--config", half, "--out", tmp_path / "cut", "--device", "cpu")
    call("train", "--config", trunk, "--out", tmp_path / "cut", "--device", "cpu")
    assert equal(weights(tmp_path / "whole/last.pt")["model"], weights(tmp_path / "cut/last.pt")["model"])
    call("train", "--config", trunk, "--out", tmp_path / "cool", "--branch", tmp_path / "whole/last.pt", "--cooldown", 8, "--device", "cpu")
    assert weights(tmp_path / "whole/last.pt")["step"] == 12 and weights(tmp_path / "cool/last.pt")["step"] == 20
    rates = {row["step"]: row["lr"] for run in ("whole", "cool") for row in map(json.loads, (tmp_path / run / "log.jsonl").read_text().splitlines())}
    assert rates[12] == 4e-3 and rates[20] == pytest.approx(4e-3 * 0.02)


def test_compare_pairs_models_song_by_song(prepared, tiny_config, tmp_path):
    call("train", "--config", tiny_config(steps=30), "--out", tmp_path / "run")
    call("export", tmp_path / "run/last.pt", "--out", tmp_path / "models")
    shown = call("compare", tmp_path / "models/tiny.json", tmp_path / "run/last.pt", "--sets", "tiny-train", "--gain", -12).stdout
    less = [line for line in shown.splitlines() if "less the first" in line][-1]
    assert all(abs(float(cell.split()[0])) <= 0.02 for cell in less.split("|")[2:-1]), "the file and its checkpoint are one model"


def test_two_processes_learn_what_one_does(prepared, tiny_config, tmp_path):
    config = tiny_config(steps=4)
    call("train", "--config", config, "--out", tmp_path / "one", "--device", "cpu")
    import os

    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "training.train", "--config", config, "--out", tmp_path / "two", "--device", "cpu"],
        cwd=ROOT / "models",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
    )
    a, b = weights(tmp_path / "one/last.pt")["model"], weights(tmp_path / "two/last.pt")["model"]
    assert max((x - y).abs().max() for x, y in zip(a.values(), b.values())) < 2e-3
    assert np.mean([(x - y).abs().mean() for x, y in zip(a.values(), b.values())]) < 1e-4


def test_fine_tuning_starts_from_the_given_weights(prepared, tiny_config, tmp_path):
    call("train", "--config", tiny_config(steps=6), "--out", tmp_path / "base")
    tuned = tiny_config("tuned.toml", steps=1)
    tuned.write_text(tuned.read_text().replace("lr = 4e-3", "lr = 1e-9"))
    call("train", "--config", tuned, "--out", tmp_path / "tuned", "--init", tmp_path / "base/last.pt")
    base, new = weights(tmp_path / "base/last.pt")["ema"], weights(tmp_path / "tuned/last.pt")["model"]
    assert max((a - b).abs().max() for a, b in zip(base.values(), new.values())) < 1e-6


def test_a_teacher_network_pulls_the_student(prepared, tiny_config, tmp_path):
    call("train", "--config", tiny_config(steps=6), "--out", tmp_path / "teacher")
    plain, taught = tiny_config("plain.toml", steps=6), tiny_config("taught.toml", steps=6)
    taught.write_text(taught.read_text().replace("lr = 4e-3", "lr = 4e-3\nteacher_weight = 5.0"))
    call("train", "--config", plain, "--out", tmp_path / "plain", "--teacher", tmp_path / "teacher/last.pt")
    call("train", "--config", taught, "--out", tmp_path / "taught", "--teacher", tmp_path / "teacher/last.pt")
    assert not equal(weights(tmp_path / "plain/last.pt")["model"], weights(tmp_path / "taught/last.pt")["model"])
