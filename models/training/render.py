"""Render made-up songs into clips with drums, bass and other: human drumming from MIDI files, the rest composed by rule.

Usage: python -m training.render /path/to/groove-midi --soundfonts /usr/share/sounds --songs 200 [--voices sung]

Drums are the MIDI files' own (Groove MIDI Dataset, Gillick et al. 2019, 4/4 beats); a bass and one to three other
instruments follow a chord progression in their tempo. Every part is played by FluidSynth on a soundfont and General
MIDI program drawn at random. A song depends only on (seed, its number); one that is already there is skipped.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
from tqdm import tqdm

from . import SAMPLE_RATE, STEMS, audio
from .augment import decibels, room, width
from .cli import main
from .data import SILENCE, Clip, load_set
from .errors import TrainingError
from .prepare import SetWriter

TICKS = 480  # of a quarter note
DRUM_CHANNEL = 9
KIT = "LV2"  # in the names of Debian's soundfonts of drums alone
DRUM_KITS = [0, 0, 0, 8, 16, 24, 25, 32, 40]  # standard, room, power, electronic, analogue, jazz, brush
GM_DRUM = {22: 42, 26: 46, 58: 43}  # the e-drums' hi-hat edges and floor tom rim as General MIDI has them
BASSES = range(32, 40)
COMPING = [*range(0, 8), *range(16, 21), *range(24, 32)]  # pianos, organs, guitars
PADS = [*range(48, 52), *range(88, 96), *range(60, 64)]  # strings, synthesiser pads, brass
LEADS = [*range(80, 88), *range(56, 60), *range(64, 76), 26, 29, 30, 11, 12, 40]  # synthesisers, winds, guitars, mallets, violin
SCALES = [(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10)]  # major, minor, Dorian
PROGRESSIONS = [(0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3), (0, 6, 5, 6), (1, 4, 0, 0), (0, 0, 3, 4), (0, 2, 3, 3)]  # degrees, a bar each


@dataclass(frozen=True)
class Note:
    start: float  # quarter notes
    length: float
    pitch: int
    velocity: int


def read_drums(path: Path) -> tuple[list[Note], float]:
    """The notes of a drum MIDI file and its tempo in quarter notes a minute."""
    file = mido.MidiFile(path)
    notes, tempo, tick = [], 500_000, 0
    for message in mido.merge_tracks(file.tracks):
        tick += message.time
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "note_on" and message.velocity:
            notes.append(Note(tick / file.ticks_per_beat, 0.25, GM_DRUM.get(message.note, message.note), message.velocity))
    return notes, mido.tempo2bpm(tempo)


class Composer:
    """Key, chords and parts of one song, all drawn from ``rng``."""

    def __init__(self, beats: float, kicks: list[float], rng: np.random.Generator):
        self.beats, self.kicks, self.rng = beats, kicks, rng
        self.scale = SCALES[rng.integers(len(SCALES))]
        self.key = int(rng.integers(12))
        self.chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]

    def pitch(self, degree: int, lowest: int) -> int:
        """The pitch of a scale degree in the octave that starts with the first key note from ``lowest`` on."""
        octave, step = divmod(degree, 7)
        return lowest + (self.key - lowest) % 12 + 12 * octave + self.scale[step]

    def degree(self, beat: float) -> int:
        return self.chords[int(beat // 4) % len(self.chords)]

    def velocity(self) -> int:
        return int(np.clip(self.rng.normal(92, 12), 30, 127))

    def bass(self) -> list[Note]:
        style = self.rng.choice(["kicks", "eighths", "quarters", "walking", "long"])
        if style == "kicks" and self.kicks:
            starts = np.array(self.kicks)
        else:
            starts = np.arange(0, self.beats, {"eighths": 0.5, "long": 2.0}.get(style, 1.0))
            starts = starts[self.rng.random(starts.size) < self.rng.uniform(0.75, 1)]
        gate = self.rng.uniform(0.5, 1.0)
        notes = []
        for start, following in zip(starts, [*starts[1:], self.beats]):
            jump = self.rng.choice([0, 2, 4, 6]) if style == "walking" else self.rng.choice([0, 0, 0, 0, 4, 7])
            length = min(following - start, 4.0) * gate
            notes.append(Note(start, length, self.pitch(self.degree(start) + int(jump), 26), self.velocity()))
        return notes

    def comping(self) -> list[Note]:
        pattern = [(0.0,), (0.0, 2.0), (0.0, 1.5, 3.0), (0.5, 1.5, 2.5, 3.5), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)][self.rng.integers(5)]
        power, gate = self.rng.random() < 0.3, self.rng.uniform(0.3, 1.0)
        lowest = int(self.rng.integers(43, 56))
        notes = []
        for bar in np.arange(0, self.beats, 4):
            for start, following in zip(pattern, [*pattern[1:], 4.0]):
                for third in (0, 4) if power else (0, 2, 4):
                    at = bar + start + self.rng.uniform(0, 0.02)
                    notes.append(Note(at, (following - start) * gate, self.pitch(self.degree(bar) + third, lowest), self.velocity()))
        return notes

    def pad(self) -> list[Note]:
        return [Note(bar, 4.0, self.pitch(self.degree(bar) + third, 48), self.velocity()) for bar in np.arange(0, self.beats, 4) for third in (0, 2, 4)]

    def lead(self) -> list[Note]:
        notes, beat, degree = [], 0.0, 0
        while beat < self.beats:
            length = float(self.rng.choice([0.25, 0.5, 0.5, 1.0, 1.5]))
            degree = int(np.clip(degree + self.rng.integers(-3, 4), -3, 10))
            if self.rng.random() < 0.75:
                notes.append(Note(beat, length * 0.95, self.pitch(degree, 60), self.velocity()))
            beat += length
        return notes


def play(notes: list[Note], tempo: float, program: int, soundfont: Path, seconds: float, drums: bool = False) -> np.ndarray:
    """One part as FluidSynth plays it: float32 [2, samples] without DC.

    A soundfont of drums alone (*LV2*) has its kit where General MIDI has its first instrument.
    """
    channel, program = (0, 0) if KIT in soundfont.name else (DRUM_CHANNEL if drums else 0, program)
    events = [(note.start, "note_on", note) for note in notes] + [(note.start + note.length, "note_off", note) for note in notes]
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)), mido.Message("program_change", channel=channel, program=program)])
    tick = 0
    for beat, kind, note in sorted(events, key=lambda event: (event[0], event[1])):
        at = round(beat * TICKS)
        track.append(mido.Message(kind, channel=channel, note=min(note.pitch, 127), velocity=note.velocity, time=at - tick))
        tick = at
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder) / "part.mid", Path(folder) / "part.wav"
        mido.MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(score)
        try:
            done = subprocess.run(["fluidsynth", "-ni", "-q", "-r", str(SAMPLE_RATE), "-g", "0.4", "-F", str(wave), str(soundfont), str(score)], capture_output=True, check=False)
        except FileNotFoundError as error:
            raise TrainingError("fluidsynth is not installed; install it (Debian: apt-get install fluidsynth) and run again") from error
        if done.returncode or not wave.exists():
            raise TrainingError(f"{soundfont}: FluidSynth cannot play it ({done.stderr.decode(errors='replace').strip()[:200]})")
        samples = int(seconds * SAMPLE_RATE)
        sound = audio.decode(wave)[:, :samples]
    sound = sound - sound.mean(1, keepdims=True)
    if np.square(sound).mean() < SILENCE**2:
        raise TrainingError(f"{soundfont}: plays nothing as program {program}; take soundfonts of General MIDI, and *{KIT}* for drums alone")
    return np.pad(sound, ((0, 0), (0, samples - sound.shape[1])))


def colour(sound: np.ndarray, rng: np.random.Generator, overdriven: float = 0.3) -> np.ndarray:
    """Level a part to -20 dB RMS, narrow it to a random width, pan it, and overdrive that share of parts."""
    sound = sound * (0.1 / (np.sqrt(np.square(sound).mean()) + 1e-6))
    if rng.random() < overdriven:
        drive = decibels(rng.uniform(0, 12))
        sound = np.tanh(sound * drive * 2) / drive
        sound = sound * (0.1 / (np.sqrt(np.square(sound).mean()) + 1e-6))
    middle = sound.mean(0, keepdims=True)
    angle = np.pi / 4 + np.clip(rng.normal(0, 0.2), -0.6, 0.6)
    return (middle + (sound - middle) * rng.uniform(0, 1)) * (np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2))


def compose(path: Path, soundfonts: list[Path], kits: list[Path], seconds: float, rng: np.random.Generator) -> np.ndarray:
    """One song [3, 2, samples]: drums, bass, other."""
    hits, tempo = read_drums(path)
    beats = seconds * tempo / 60
    loop = max(4.0, np.ceil(max(hit.start for hit in hits) / 4) * 4)
    hits = [Note(hit.start + turn * loop, hit.length, hit.pitch, hit.velocity) for turn in range(int(beats // loop) + 1) for hit in hits]
    hits = [hit for hit in hits if hit.start < beats]
    composer = Composer(beats, sorted({hit.start for hit in hits if hit.pitch in (35, 36)}), rng)
    any_of = lambda choices: choices[int(rng.integers(len(choices)))]
    drums = colour(play(hits, tempo, any_of(DRUM_KITS), any_of(kits), seconds, drums=True), rng, overdriven=0)
    bass = colour(play(composer.bass(), tempo, any_of(BASSES), any_of(soundfonts), seconds), rng)
    other = 0
    for write, programs in ((composer.comping, COMPING), (composer.pad, PADS), (composer.lead, LEADS))[: int(rng.integers(1, 4))]:
        part = play(write(), tempo, any_of(programs), any_of(soundfonts), seconds)
        other = other + colour(part, rng) * decibels(rng.uniform(-9, 0))
    return np.stack([drums * decibels(rng.uniform(-3, 4)), bass * decibels(rng.uniform(-3, 3)), other])


def sung(clips: list[Clip], samples: int, rng: np.random.Generator) -> np.ndarray:
    """A stretch of one of ``clips``, placed in a room like a voice in a mix: float32 [2, samples]."""
    clip = clips[int(rng.integers(len(clips)))].audio[0]
    start = int(rng.integers(max(1, clip.shape[1] - samples)))
    take = np.asarray(clip[:, start : start + samples], np.float32)
    take = np.pad(take, ((0, 0), (0, samples - take.shape[1])))
    return room(width(take, rng), rng) * decibels(rng.uniform(-3, 3))


def run(args: argparse.Namespace) -> None:
    beats = sorted(args.midi.rglob("*_beat_4-4.mid"))
    if not beats:
        raise TrainingError(f"{args.midi}: no *_beat_4-4.mid found here; give the folder of the Groove MIDI Dataset")
    found = sorted(path.resolve() for path in args.soundfonts.rglob("*.sf[23]") if not path.is_symlink())
    soundfonts = [path for path in found if KIT not in path.name]
    if not soundfonts:
        raise TrainingError(f"{args.soundfonts}: no General MIDI soundfont (.sf2, .sf3); Debian: apt-get install fluid-soundfont-gm timgm6mb-soundfont")
    voices = load_set(args.voices) if args.voices else []
    writer = SetWriter(args.set)
    for number in tqdm(range(args.songs), unit="song", disable=None):

        def song() -> np.ndarray:
            rng = np.random.default_rng((args.seed, number))
            path = beats[int(rng.integers(len(beats)))]
            band = compose(path, soundfonts, found, args.seconds, rng)
            return np.concatenate((sung(voices, band.shape[2], rng)[None], band)) if voices else band

        writer.add(f"{args.set}-{number:04d}", STEMS if voices else STEMS[1:], song)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.render", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("midi", type=Path, help="folder with the Groove MIDI Dataset's files")
    p.add_argument("--soundfonts", type=Path, default=Path("/usr/share/sounds"), help="folder of .sf2 and .sf3 files; *LV2* ones hold drums only")
    p.add_argument("--set", default="rendered", help="name of the set in the cache")
    p.add_argument("--voices", help="set of voices (training.sing) to lay over the songs, which are then whole: four stems")
    p.add_argument("--songs", type=int, default=200)
    p.add_argument("--seconds", type=float, default=18.0)
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    main(parser(), run)
