"""Scores of stem files, and blends fitted to them."""

import json

import numpy as np
import pytest
import soundfile

from training.blend import least_distorted, weights
from training.data import load_set
from training.stems import file_name, read_stems

from conftest import STEMS, call


@pytest.fixture
def stem_files(cache, stem_mp4, tmp_path):
    """A set of one song, and folders of estimates of it: the truth with noise of each model's own on it."""
    stem_mp4(tmp_path / "musdb18/train/ANiMAL - Rockshow.stem.mp4", seconds=2, seed=1)
    call("prepare", "musdb18", tmp_path / "musdb18", "--name", "tiny")
    (clip,) = load_set("tiny-valid", cache)
    truth = np.asarray(clip.audio, np.float32)

    def write(name: str, levels: dict[str, float], seed: int):
        rng = np.random.default_rng(seed)
        folder = tmp_path / name
        folder.mkdir()
        for stem, audio in zip(STEMS, truth):
            noisy = audio + levels[stem] * rng.standard_normal(audio.shape).astype(np.float32)
            soundfile.write(folder / f"{file_name(clip)}_{stem}.wav", noisy.T, 44100, subtype="FLOAT")
        return folder

    return write


def test_weights_are_the_least_squares_within_bounds():
    """Independent errors are weighted by their inverse powers; one that only harms gets nothing."""
    assert np.allclose(weights(np.diag([1.0, 3.0])), [0.75, 0.25])
    assert np.allclose(weights(np.array([[1.0, 2.0], [2.0, 5.0]])), [1, 0])
    assert np.allclose(weights(np.array([[5.0, 2.0, 5.0], [2.0, 1.0, 2.0], [5.0, 2.0, 5.1]])), [0, 1, 0])


def test_blend_has_the_best_mean_in_decibels():
    """A song that goes badly in any case does not decide the weights: a search of the whole range finds none better."""
    songs = np.array([[[0.02, 0.0], [0.0, 0.1]], [[0.03, 0.01], [0.01, 0.2]], [[9.0, 4.0], [4.0, 5.0]]])
    share = np.linspace(0, 1, 10001)
    candidates = np.stack([share, 1 - share], 1)
    errors = np.einsum("ci,nij,cj->cn", candidates, songs, candidates)
    best = candidates[np.log(errors).sum(1).argmin()]
    assert np.allclose(least_distorted(songs), best, atol=1e-3)
    assert abs(weights(songs.sum(0))[0] - best[0]) > 0.3


def test_blend_of_stem_files_is_fitted_and_scored(stem_files, tmp_path):
    """The model that is better at a stem has the most of it, and the Wiener filter the share that pays."""
    good, poor = 0.01, 0.03
    first = stem_files("first", {"vocals": good, "drums": poor, "bass": good, "other": good}, 1)
    second = stem_files("second", {"vocals": poor, "drums": good, "bass": good, "other": 1.0}, 2)
    blend = tmp_path / "mine.json"
    call("blend", blend, "--set", "tiny-valid", "--model", f"first={first}", "--model", f"second={second}", "--licence", "CC0-1.0")
    manifest = json.loads(blend.read_text())
    found = {part["model"]: part["weights"] for part in manifest["models"]}
    assert manifest["kind"] == "blend" and manifest["wiener"] == {"iterations": 0}
    for stem, share in {"vocals": 0.9, "drums": 0.1, "bass": 0.5, "other": 1.0}.items():
        assert abs(found["first"][stem] - share) < 0.03
        assert abs(found["first"][stem] + found["second"][stem] - 1) < 1e-9
    call("blend", blend, "--set", "tiny-valid", "--model", f"first={first}", "--model", f"second={second}")
    assert json.loads(blend.read_text())["licence"] == "CC0-1.0"  # a new fit keeps what it is not told
    call("blend", blend, "--iterations", "1")
    assert json.loads(blend.read_text())["wiener"] == {"iterations": 1}
    call("blend", blend, "--set", "tiny-valid", "--filter", first, second)
    assert json.loads(blend.read_text())["wiener"]["weights"]["drums"] > 0.85

    call("evaluate", blend, "--set", "tiny-valid", "--stems", first, "--quick", "--write")
    scores = json.loads(blend.read_text())["scores"]
    assert scores["mine"]["sdr"]["vocals"] > scores["mine"]["sdr"]["drums"] + 6


def test_stem_files_that_do_not_fit_are_refused(stem_files, cache, tmp_path):
    folder = stem_files("short", dict.fromkeys(STEMS, 0.01), 1)
    (clip,) = load_set("tiny-valid", cache)
    assert read_stems(folder, clip).shape == clip.audio.shape
    path = folder / f"{file_name(clip)}_bass.wav"
    soundfile.write(path, np.zeros((100, 2), np.float32), 44100)
    (tmp_path / "mine.json").write_text('{"name": "mine"}')
    assert str(path) in call("evaluate", tmp_path / "mine.json", "--set", "tiny-valid", "--stems", folder, check=False).stderr
    path.unlink()
    assert "danna-sep split" in call("evaluate", tmp_path / "mine.json", "--set", "tiny-valid", "--stems", folder, check=False).stderr
