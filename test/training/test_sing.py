"""Singing made by rule: melodies keep to a scale, lines are voiced sound that can be drawn from as vocals."""

import importlib.util
import shutil

import numpy as np
import pytest

from training import SAMPLE_RATE
from training.data import load_set
from training.render import SCALES
from training.sing import melody

from conftest import call


def test_melodies_keep_to_a_scale_a_person_can_sing():
    for seed in range(20):
        pitch = melody(4000, np.random.default_rng(seed))
        assert pitch.shape == (4000,) and 40 < pitch.min() and pitch.max() < 80
        held = np.round(pitch[np.abs(np.gradient(pitch)) < 0.01]).astype(int)
        classes = {int(note) % 12 for note in np.unique(held) if (held == note).mean() > 0.05}
        assert len(classes) > 1
        assert any(classes <= {(key + step) % 12 for step in scale} for key in range(12) for scale in SCALES)


def test_sung_minutes_are_a_set_of_vocals(cache):
    if not shutil.which("festival") or importlib.util.find_spec("pyworld") is None:
        pytest.skip("festival or pyworld is missing (Debian: apt-get install festival festvox-us-slt-hts; pip install pyworld)")
    call("sing", "--minutes", "1")
    (clip,) = load_set("sung", cache)
    assert clip.stems == ("vocals",)
    sound = np.asarray(clip.audio[0], np.float64)
    assert sound.shape[0] == 2 and sound.shape[1] >= 60 * SAMPLE_RATE and np.isfinite(sound).all()
    assert 0.05 < sound.std() < 0.2
