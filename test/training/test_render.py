"""Made-up songs: drums are the MIDI file's own, the other parts keep to the key, the stems line up and can be drawn from."""

import shutil
from pathlib import Path

import mido
import numpy as np
import pytest

from training import SAMPLE_RATE
from training.data import load_set
from training.prepare import SetWriter
from training.render import Composer, read_drums

from conftest import call

SOUNDFONTS = Path("/usr/share/sounds/sf2")


@pytest.fixture
def groove(tmp_path):
    """Two bars at 120 quarter notes a minute: bass drum on every beat, closed hi-hat (the e-drums' edge) between."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(120))])
    for _ in range(8):
        for note in (36, 22):
            track.append(mido.Message("note_on", channel=9, note=note, velocity=100))
            track.append(mido.Message("note_off", channel=9, note=note, time=240))
    path = tmp_path / "midi/1_rock_120_beat_4-4.mid"
    path.parent.mkdir()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(path)
    return path


def test_drum_notes_keep_their_times_and_become_general_midi(groove):
    notes, tempo = read_drums(groove)
    assert tempo == pytest.approx(120)
    assert [note.start for note in notes] == [beat / 2 for beat in range(16)]
    assert [note.pitch for note in notes] == [36, 42] * 8


def test_parts_keep_to_the_key_and_to_the_song(groove):
    for seed in range(20):
        composer = Composer(16.0, [0.0, 2.0, 3.5], np.random.default_rng(seed))
        for part in (composer.bass(), composer.comping(), composer.pad(), composer.lead()):
            assert part
            assert {(note.pitch - composer.key) % 12 for note in part} <= set(composer.scale)
            assert all(0 <= note.start < 16.5 and note.length > 0 and 20 < note.pitch < 110 for note in part)


def test_rendered_songs_are_a_set_to_train_on(groove, cache):
    if not shutil.which("fluidsynth") or not list(SOUNDFONTS.glob("*.sf2")):
        pytest.skip("fluidsynth or a soundfont is missing (Debian: apt-get install fluidsynth timgm6mb-soundfont)")
    call("render", groove.parent, "--soundfonts", SOUNDFONTS, "--songs", "2", "--seconds", "4")
    clips = load_set("rendered", cache)
    assert [clip.stems for clip in clips] == [("drums", "bass", "other")] * 2
    for clip in clips:
        sound = np.asarray(clip.audio, np.float64)
        assert sound.shape == (3, 2, 4 * SAMPLE_RATE)
        assert (sound.std(2).mean(1) > 0.02).all()
    kicks = np.abs(np.asarray(clips[0].audio[0], np.float64)).sum(0)
    onsets = [int(beat * SAMPLE_RATE / 2) for beat in range(1, 8)]  # every half second
    before = np.array([kicks[at - 2000 : at - 200].mean() for at in onsets])
    after = np.array([kicks[at : at + 3000].mean() for at in onsets])
    assert (after > before).all()
    written = {path: path.stat().st_mtime_ns for path in cache.rglob("*.npy")}
    call("render", groove.parent, "--soundfonts", SOUNDFONTS, "--songs", "2", "--seconds", "4")
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.npy")} == written


def test_a_voice_makes_songs_of_four_stems(groove, cache):
    if not shutil.which("fluidsynth") or not list(SOUNDFONTS.glob("*.sf2")):
        pytest.skip("fluidsynth or a soundfont is missing (Debian: apt-get install fluidsynth timgm6mb-soundfont)")
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    voice = np.stack([0.1 * np.sin(2 * np.pi * 220 * time)] * 2)[None]
    SetWriter("voice").add("one", ("vocals",), lambda: voice)
    call("render", groove.parent, "--soundfonts", SOUNDFONTS, "--songs", "1", "--seconds", "2", "--set", "songs", "--voices", "voice")
    (clip,) = load_set("songs", cache)
    assert clip.stems == ("vocals", "drums", "bass", "other") and clip.audio.shape == (4, 2, 2 * SAMPLE_RATE)
    spectrum = np.abs(np.fft.rfft(np.asarray(clip.audio[0, 0], np.float64)))
    assert np.argmax(spectrum) / 2 == pytest.approx(220, abs=1)


def test_a_folder_without_drumming_is_said_so(tmp_path, cache):
    done = call("render", tmp_path, check=False)
    assert done.returncode == 2 and "no *_beat_4-4.mid" in done.stderr
