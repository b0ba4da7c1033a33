"""Plays the band's parts with FluidSynth and a General MIDI soundfont."""

import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import soundfile

import score

SAMPLE_RATE = 44100
SOUNDFONT = "/usr/share/sounds/sf3/MuseScore_General_Full.sf3"
PERCUSSION_CHANNEL = 9
_TICKS_PER_BEAT = 960


def play(notes, program, *, percussion=False):
    """Renders one instrument alone and dry.

    Returns a float array [samples, 2] of the song's length. Raises
    FileNotFoundError when the soundfont is missing and CalledProcessError
    when FluidSynth fails.
    """
    if not Path(SOUNDFONT).exists():
        raise FileNotFoundError(f"{SOUNDFONT}: install Debian's musescore-general-soundfont")
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "part.mid"), Path(folder, "part.wav")
        _midi_file(notes, program, PERCUSSION_CHANNEL if percussion else 0).save(midi)
        subprocess.run(
            ["fluidsynth", "-q", "-ni", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(SAMPLE_RATE),
             "-O", "float", "-F", str(wav), SOUNDFONT, str(midi)],
            check=True, capture_output=True,
        )
        audio, _ = soundfile.read(wav, always_2d=True)
    length = round(score.TOTAL_SECONDS * SAMPLE_RATE)
    audio = audio[:length]
    return np.pad(audio, ((0, length - len(audio)), (0, 0)))


def _midi_file(notes, program, channel):
    events = []
    for note in notes:
        on = round(note.start * _TICKS_PER_BEAT)
        off = round((note.start + note.length) * _TICKS_PER_BEAT)
        events.append((on, 1, mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)))
        events.append((off, 0, mido.Message("note_off", channel=channel, note=note.pitch)))
    track = mido.MidiTrack([
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(score.BEATS_PER_MINUTE)),
        mido.Message("program_change", channel=channel, program=program),
    ])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return mido.MidiFile(ticks_per_beat=_TICKS_PER_BEAT, tracks=[track])
