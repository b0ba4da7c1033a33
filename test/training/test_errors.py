"""Bad input: one clear line on stderr, exit code 2, nothing half-written."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
import soundfile
import torch

from training import audio, checkpoint, label
from training.evaluate import score
from training.config import load_config
from training.data import Examples, load_set
from training.errors import TrainingError
from training.model import BandSplitNet, ModelConfig
from training.prepare import stem_file, stem_folder

from conftest import call


def fails(done: subprocess.CompletedProcess, *words: str) -> None:
    assert done.returncode == 2, (done.returncode, done.stderr)
    lines = [line for line in done.stderr.splitlines() if "error:" in line]
    assert len(lines) == 1 and "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0], lines[0]


def test_missing_ffmpeg(song_folder, cache, tmp_path):
    song_folder(tmp_path / "songs/Some - Song")
    fails(call("prepare", "musdb18", tmp_path / "songs", env={"PATH": str(tmp_path)}, check=False), "ffmpeg is not installed", "apt-get install")
    assert not list(cache.rglob("*.npy*"))


def test_not_a_stem_file(cache, tmp_path):
    plain = tmp_path / "x.wav"
    soundfile.write(plain, np.zeros((44100, 2)), 44100)
    path = tmp_path / "songs/Plain.stem.mp4"
    path.parent.mkdir()
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain, path], check=True)
    fails(call("prepare", "musdb18", tmp_path / "songs", check=False), "not a stem file", "1 audio streams")
    path.write_bytes(b"not audio at all")
    fails(call("prepare", "musdb18", tmp_path / "songs", check=False), "Plain.stem.mp4", "cannot decode")


def test_missing_stem_and_empty_folder(cache, song_folder, tmp_path):
    song = song_folder(tmp_path / "songs/Song")
    (song / "bass.wav").unlink()
    fails(call("prepare", "musdb18", tmp_path / "songs", check=False), "no bass file")
    (tmp_path / "empty").mkdir()
    fails(call("prepare", "musdb18", tmp_path / "empty", check=False), "neither")


def test_a_set_that_the_config_does_not_have(tiny_config, cache, tmp_path):
    fails(call("train", "--config", tiny_config(), "--sets", "tiny-train,other-set", "--out", tmp_path / "run", check=False), "no source 'other-set'", "tiny-train")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("options", [{"mono": True}, {"rate": 48000}, {"rate": 22050, "mono": True}])
def test_mono_and_other_rates_are_converted(song_folder, tmp_path, options):
    stems = stem_folder(song_folder(tmp_path / "song", seconds=2, **options))
    assert stems.shape[:2] == (4, 2) and abs(stems.shape[2] - 2 * 44100) < 64
    if options.get("mono"):
        assert np.abs(stems[:, 0] - stems[:, 1]).max() < 1e-4


def test_stem_order_of_mp4(stem_mp4, tmp_path):
    """Stream numbers are right: the bass is the low tone, the vocals the one around 300 Hz."""
    stems = stem_file(stem_mp4(tmp_path / "a.stem.mp4", seconds=2))
    peak = lambda wave: np.abs(np.fft.rfft(wave[0])).argmax() / (wave.shape[1] / 44100)
    assert 40 < peak(stems[2]) < 100 and 150 < peak(stems[0]) < 450


def test_song_shorter_than_a_segment_is_padded(cache, tiny_config):
    stems = np.random.default_rng(0).standard_normal((4, 2, 5000)) * 0.1
    audio.save_clip(cache / "labels/tiny-train/short.npy", stems)
    batch = Examples(load_config(tiny_config())).batch(0, 4, 40 * 512, 1025)
    assert batch.stems.shape == (4, 4, 2, 40 * 512) and np.isfinite(batch.stems).all() and np.abs(batch.stems).max() > 0


def test_validation_songs_never_train(cache, stem_mp4, tmp_path):
    stem_mp4(tmp_path / "m/train/Leaf - Summerghost.stem.mp4", seconds=1)
    stem_mp4(tmp_path / "m/train/Other - Song.stem.mp4", seconds=1)
    call("prepare", "musdb18", tmp_path / "m", "--name", "m")
    assert [clip.name for clip in load_set("m-train")] == ["Other - Song"]
    assert [clip.name for clip in load_set("m-valid")] == ["Leaf - Summerghost"]


def test_unknown_set_config_key_and_missing_config(cache, tiny_config, tmp_path):
    fails(call("train", "--config", tiny_config(), "--out", tmp_path / "r", check=False), "'tiny-train' is not in", "training.prepare")
    typo = tiny_config("typo.toml", extra="\n[augment]\nswop = 1\n")
    fails(call("train", "--config", typo, "--out", tmp_path / "r", check=False), "unknown key 'swop'")
    optimiser = tiny_config("optimiser.toml")
    optimiser.write_text(optimiser.read_text().replace("lr = 4e-3", 'lr = 4e-3\noptimiser = "adam"'))
    fails(call("train", "--config", optimiser, "--out", tmp_path / "r", check=False), "no optimiser 'adam'", "muon")
    fails(call("train", "--config", tmp_path / "none.toml", "--out", tmp_path / "r", check=False), "No such file")
    assert not (tmp_path / "r").exists()


def make_set(cache):
    rng = np.random.default_rng(0)
    for name in "ab":
        audio.save_clip(cache / f"labels/tiny-train/{name}.npy", rng.standard_normal((4, 2, 60000)) * 0.1)


def test_checkpoint_of_another_config(cache, tiny_config, tmp_path):
    make_set(cache)
    call("train", "--config", tiny_config(steps=1), "--out", tmp_path / "r")
    before = (tmp_path / "r/last.pt").read_bytes()
    other = tiny_config("other.toml", steps=2)
    other.write_text(other.read_text().replace("hidden = 16", "hidden = 8"))
    fails(call("train", "--config", other, "--out", tmp_path / "r", check=False), "another [model]", "--init")
    fails(call("train", "--config", other, "--out", tmp_path / "r2", "--init", tmp_path / "r/last.pt", check=False), "other sizes")
    assert (tmp_path / "r/last.pt").read_bytes() == before


def test_damaged_checkpoint(tmp_path):
    path = tmp_path / "last.pt"
    path.write_bytes(os.urandom(1000))
    fails(call("export", path, "--out", tmp_path / "models", check=False), "not a readable checkpoint")
    fails(call("export", tmp_path / "none.pt", "--out", tmp_path / "models", check=False), "no such checkpoint")
    assert not (tmp_path / "models").exists()


def test_average_of_checkpoints_and_of_an_exported_model(tmp_path):
    net = BandSplitNet(ModelConfig(bands=((1, 512), (1, 512)), channels=4, squeeze=2, bottleneck=4, blocks=1, hidden=4))
    for name, value in (("a", 1.0), ("b", 3.0)):
        ema = {key: torch.full_like(weight, value) for key, weight in net.state_dict().items()}
        state = {"config": {"name": name, "model": net.config.as_dict(), "train": {"late_frames": 8, "seed": 0}, "card": {}}, "step": 5, "ema": ema}
        checkpoint.save(tmp_path / f"{name}.pt", state)
    items = [f"{tmp_path}/a.pt=0.25", f"{tmp_path}/b.pt=0.75"]
    call("average", *items, "--out", tmp_path / "c.pt")
    assert all((weight == 2.5).all() for weight in checkpoint.load(tmp_path / "c.pt")["ema"].values())
    call("export", tmp_path / "a.pt", "--out", tmp_path)
    call("average", f"{tmp_path}/a.json=0.25", items[1], "--out", tmp_path / "e.pt")
    averaged = checkpoint.load(tmp_path / "e.pt")["ema"]
    assert torch.allclose(averaged["blocks.0.time.weight_hh_l0"], torch.tensor(2.5))
    fails(call("average", items[0], f"{tmp_path}/b.pt=0.5", "--out", tmp_path / "d.pt", check=False), "add up to 0.75")
    fails(call("average", f"{tmp_path}/a.pt", "--out", tmp_path / "d.pt", check=False), "PATH=SHARE")
    assert not (tmp_path / "d.pt").exists()


def test_full_disk_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "last.pt"
    checkpoint.save(path, {"config": {}, "ema": {}, "step": 1})
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("torch.save", full)
    with pytest.raises(TrainingError, match="No space left.*untouched"):
        checkpoint.save(path, {"config": {}, "ema": {}, "step": 2})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="needs root to mount a tiny file system")
def test_really_full_disk(cache, song_folder, tmp_path):
    """A real file system of 256 KiB: the clip does not fit, nothing is left behind."""
    cache.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", cache], capture_output=True).returncode:
        pytest.skip("this machine does not let tests mount a file system")
    try:
        song_folder(tmp_path / "songs/Song", seconds=4)
        fails(call("prepare", "musdb18", tmp_path / "songs", check=False), "cannot write", "(0 MiB free)", "DANNA_CACHE")
        assert not list(cache.rglob("*.npy")) and not list(cache.rglob("*.partial"))
    finally:
        subprocess.run(["umount", cache], check=True)


def test_label_skips_what_is_done_and_what_is_broken(cache, tmp_path, monkeypatch, capsys):
    """The teacher itself is 174 MB and not fetched here; labelling around it is what this tests."""
    folder = tmp_path / "music"
    folder.mkdir()
    for name in ("one", "two"):
        soundfile.write(folder / f"{name}.wav", np.random.default_rng(0).standard_normal((44100, 2)) * 0.1, 44100)
    (folder / "broken.mp3").write_bytes(b"noise")
    calls = []

    class Counting:
        def __init__(self, *_):
            pass

        def split(self, mix, overlap):
            calls.append(mix.shape)
            return np.stack([mix / 4] * 4)

    monkeypatch.setattr(label, "Teacher", Counting)
    args = label.parser().parse_args(["--set", "music", "--folder", str(folder), "--teacher", "unused"])
    label.run(args)
    assert len(calls) == 2 and len(load_set("music")) == 2 and "broken.mp3" in capsys.readouterr().err
    label.run(args)
    assert len(calls) == 2


def test_label_takes_the_first_excerpt_of_every_recording_before_any_second(cache, tmp_path, monkeypatch):
    folder = tmp_path / "music"
    folder.mkdir()
    for k in range(3):
        soundfile.write(folder / f"{k}.wav", np.full((44100, 2), 0.1 * (k + 1)) * np.linspace(0, 1, 44100)[:, None], 44100)
    heard = []

    class Noting:
        def __init__(self, *_):
            pass

        def split(self, mix, overlap):
            heard.append((round(float(np.abs(mix).max() / np.abs(mix).min()), 1), mix.shape[1]))
            return np.stack([mix / 4] * 4)

    monkeypatch.setattr(label, "Teacher", Noting)
    label.run(label.parser().parse_args(["--set", "music", "--folder", str(folder), "--teacher", "unused", "--at", "0.25", "0.5", "--seconds", "0.25"]))
    assert heard == [(2.0, 11025)] * 3 + [(1.5, 11025)] * 3, "each starts where it should: a ramp's end over its start"
    assert sorted(clip.name for clip in load_set("music")) == [f"{k}@{place}" for k in range(3) for place in ("0.25", "0.5")]


def test_a_silent_stem_is_not_scored():
    truth = np.random.default_rng(0).standard_normal((4, 2, 3 * 44100)).astype(np.float32) * 0.1
    truth[0] = 0
    row = score(truth, truth * 0.9)
    for values in row.values():
        assert np.isnan(values[0]) and np.allclose(values[1:4], 20, atol=0.5)
