"""Sings: a small neural speech voice, its durations and pitch replaced by the melody's.

The voice is "heart" of the package hibari-tts. Its network takes phonemes and predicts how long each lasts,
with which pitch and energy it is spoken, and from these, 80 times a second, a filter for a train of pulses and
one for noise. Here durations and pitch are inputs: a vowel begins on its note and lasts for it, consonants
before it keep about the length they are spoken with.
"""

from dataclasses import dataclass

import hibari
import numpy as np
import onnx
import onnxruntime
from hibari import dsp
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.signal import resample_poly

import score

SAMPLE_RATE = 44100
_UNIT = 0.025  # seconds: the network's durations are multiples of it
_FRAME = 0.0125  # seconds from one filter to the next
_VOWELS = set("AIOWYæɑɔəɛɜɪiuʊʌᵊᵻɚɐ")
_STRESS = set("ˈˌ")
_PAUSE = ","
_CONSONANTS = 1.2  # times their length in speech
_MARGIN = 4  # units of silence before a line; shorter gaps between syllables are sung through
# Edges of hibari-tts 0.2.1's graph that become inputs or outputs.
_DURATIONS, _PITCH, _ENERGY = "/Clip_output_0", "f0", "/Mul_62_output_0"
_FILTERS = ["lh", "theta", "ln", "lr", "phi"]
_SILENT, _SUNG = -9.5, 6.5  # the network's energy of a pause, and the least of a vowel


@dataclass(frozen=True)
class Take:
    """How one singer sings: a seed for the small errors, their size, and which of the score's two voices."""

    seed: int
    drift_cents: float = 7.0
    timing: float = 0.0
    harmony: bool = False


@dataclass(frozen=True)
class Phone:
    """A phoneme as it is sung: its token, its length in units, and "vowel", "consonant" or "pause"."""

    token: str
    units: int
    kind: str


class _Network:
    """The voice's network, with durations, pitch and energy as inputs."""

    def __init__(self):
        self._speech = hibari.Hibari()
        self._speaks = self._session((), (_DURATIONS,))
        self._times = self._session((_DURATIONS,), (_ENERGY,))
        self._sings = self._session((_DURATIONS, _PITCH, _ENERGY), ())

    def _session(self, inputs, outputs):
        model = onnx.load(self._speech.model_path)
        graph = model.graph
        missing = {*inputs, *outputs} - {edge for node in graph.node for edge in node.output}
        if missing:
            raise ValueError(f"{self._speech.model_path} lacks {sorted(missing)}: install hibari-tts 0.2.1, as requirements.txt says")
        for name in inputs:
            for node in graph.node:
                for index, edge in enumerate(node.input):
                    if edge == name:
                        node.input[index] = f"sung {name}"
            shape = ["units"] if name == _DURATIONS else [1, "frames"]
            graph.input.append(onnx.helper.make_tensor_value_info(f"sung {name}", onnx.TensorProto.FLOAT, shape))
        for name in outputs:
            graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
        return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def _run(self, session, outputs, tokens, sung=()):
        inputs = {"ids": np.array([self._speech.ids(tokens)]), "speed": np.ones(1, np.float32)}
        for name, values in sung:
            inputs[f"sung {name}"] = np.asarray(values, np.float32)
        return [np.squeeze(values) for values in session.run(outputs, inputs)]

    def spoken(self, words):
        """Phonemes of the words, and the units that each lasts when spoken."""
        tokens = "".join(self._speech.phonemize(words)).rstrip(".,")
        (durations,) = self._run(self._speaks, [_DURATIONS], tokens)
        return tokens, np.maximum(1, np.round(durations[1:-1] * _CONSONANTS)).astype(int)

    def prosody(self, phones, durations):
        """Pitch in Hz (0 where unvoiced) and energy that the network would speak with, frame by frame."""
        return self._run(self._times, [_PITCH, _ENERGY], phones, [(_DURATIONS, durations)])

    def filters(self, phones, durations, pitch, energy):
        """The five parts of the filters, each [bins, frames]."""
        sung = [(_DURATIONS, durations), (_PITCH, pitch[None]), (_ENERGY, energy[None])]
        return self._run(self._sings, _FILTERS, phones, sung)


def sing(lines, take):
    """Sings lines of the score: float audio [samples] of the song's length."""
    network = _Network()
    audio = np.zeros(round(score.TOTAL_SECONDS * SAMPLE_RATE))
    for index, line in enumerate(lines):
        random = np.random.default_rng(100 * take.seed + index)
        start, sung = _sing_line(network, line, take, random)
        first = round(start * SAMPLE_RATE)
        skipped = max(0, -first)
        part = audio[first + skipped : first + len(sung)]
        part += sung[skipped : skipped + len(part)]
    return audio


def _syllables(tokens):
    """Indices of the tokens by syllable, as (before the vowel, the vowel with its stress mark, after it)."""
    vowels = [index for index, token in enumerate(tokens) if token in _VOWELS]
    begins = [index - (tokens[index - 1] in _STRESS) if index else 0 for index in vowels]
    result, start = [], 0
    for begin, vowel, following in zip(begins, vowels, [*begins[1:], None]):
        between = tokens[vowel + 1 : following]
        # Words keep their consonants; within a word the last one belongs to the syllable that follows.
        if following is None:
            cut = len(tokens)
        elif " " in between:
            cut = vowel + 1 + between.index(" ")
        else:
            cut = max(vowel + 1, following - 1)
        result.append((range(start, begin), range(begin, vowel + 1), range(vowel + 1, cut)))
        start = cut
    return result


def _phones(line, tokens, spoken, onsets):
    """The line's phonemes with the lengths that put each vowel on its note; and the second of the first."""
    syllables = _syllables(tokens)
    if len(syllables) != len(line.notes):
        raise ValueError(f"'{line.words}' has {len(syllables)} syllables ({tokens}) and {len(line.notes)} notes: give each syllable a note")
    leads = [sum(spoken[index] for index in before) for before, _, _ in syllables]
    start = onsets[0] - (leads[0] + _MARGIN) * _UNIT
    unit_of = [round((onset - start) / _UNIT) for onset in onsets]
    phones = []

    def add(index, units, kind):
        phones.append(Phone(tokens[index], int(units), kind))

    clock = _MARGIN
    for index, (before, vowel, after) in enumerate(syllables):
        pause = unit_of[index] - leads[index] - clock
        if pause > 0:
            phones.append(Phone(_PAUSE, pause, "pause"))
            clock += pause
        for consonant in before:
            add(consonant, spoken[consonant], "consonant")
        clock += leads[index]
        end = round((onsets[index] + line.notes[index].length * score.SECONDS_PER_BEAT - start) / _UNIT)
        if index + 1 < len(syllables):
            following = unit_of[index + 1] - leads[index + 1]
            end = following if following - end <= _MARGIN else end
        room = max(2, end - clock)
        tail = np.array([spoken[consonant] for consonant in after], int)
        if tail.sum() > .55 * room:
            tail = np.maximum(1, tail * .55 * room // tail.sum()).astype(int)
        mark = len(vowel) - 1
        held = max(1, max(2, room - tail.sum()) - mark)
        for part in vowel:
            add(part, 1 if tokens[part] in _STRESS else held, "vowel")
        for consonant, units in zip(after, tail):
            add(consonant, units, "consonant")
        clock += mark + held + tail.sum()
    return start, phones


def _wander(frames, random):
    """Slow random values of standard deviation 1: no singer holds pitch or loudness still."""
    wander = gaussian_filter1d(random.normal(size=frames), .12 / _FRAME, mode="nearest")
    return wander / (np.std(wander) + 1e-9)


def _melody(times, line, pitches, onsets, drift, random):
    """Pitch in Hz at the given seconds: notes begun from below, a glide between them, vibrato on long ones, drift."""
    note_of = np.searchsorted(np.array(onsets) - .03, times, "right") - 1
    semitones = np.array([pitches[max(0, index)] for index in note_of], float)
    semitones = gaussian_filter1d(semitones, .03 / _FRAME, mode="nearest")
    for note, onset in zip(line.notes, onsets):
        since, length = times - onset, note.length * score.SECONDS_PER_BEAT
        begun = (since > -.06) & (since < length)
        semitones -= begun * .6 * np.exp(-np.maximum(0, since + .03) / .05)
        if length > .45:
            swell = np.clip((since - .18) / .25, 0, 1) * (since < length + .05)
            semitones += .5 * swell * np.sin(2 * np.pi * 5.4 * (since - .18))
    semitones += drift / 100 * _wander(len(times), random)
    return 440 * 2 ** ((semitones - 69) / 12)


def _spoken_pitch(pitch):
    """The pitch that the network's filters are asked for: a melody is above what it learned to speak."""
    return 180 * (pitch / 330) ** .3


def _envelope(magnitudes, pitch):
    """Log magnitudes [bins, frames] between the harmonics of `pitch` filled from those beside them.

    The network makes filters for its own harmonics; the sung ones lie elsewhere.
    """
    filled = magnitudes.copy()
    for frame in np.flatnonzero(pitch):
        width = max(3, round(pitch[frame] * dsp.N_FFT / dsp.SR) | 1)
        highest = np.pad(maximum_filter1d(magnitudes[:, frame], width), width // 2, mode="edge")
        filled[:, frame] = np.convolve(highest, np.ones(width) / width, "valid")
    return filled


def _sing_line(network, line, take, random):
    shift = random.normal(0, take.timing) if take.timing else 0.
    onsets = [note.start * score.SECONDS_PER_BEAT + shift for note in line.notes]
    tokens, spoken = network.spoken(line.words.replace(",", ""))
    start, phones = _phones(line, tokens, spoken, onsets)

    text = "".join(phone.token for phone in phones)
    durations = np.array([_MARGIN, *(phone.units for phone in phones), 2 * _MARGIN])
    kinds = np.array(["pause", *(phone.kind for phone in phones), "pause"]).repeat(durations * round(_UNIT / _FRAME))
    spoken_pitch, energy = network.prosody(text, durations)
    times = start + np.arange(len(kinds)) * _FRAME
    pitches = line.harmony if take.harmony else [note.pitch for note in line.notes]
    voiced = ((spoken_pitch > 60) | (kinds == "vowel")) & (kinds != "pause")
    pitch = np.where(voiced, _melody(times, line, pitches, onsets, take.drift_cents, random), 0)
    energy = np.where(kinds == "vowel", np.maximum(energy, _SUNG), energy) + .4 * _wander(len(times), random)
    last = line.notes[-1].length * score.SECONDS_PER_BEAT
    energy -= 2.5 * np.clip((times - onsets[-1]) / last * 2 - 1, 0, 1)
    energy = gaussian_filter1d(energy, 1)
    energy[kinds == "pause"] = _SILENT

    asked = np.where(voiced, _spoken_pitch(pitch), 0)
    harmonics, *others = network.filters(text, durations, asked, energy)
    sung = dsp.synth(_envelope(harmonics, asked), *others, pitch, random)
    common = np.gcd(SAMPLE_RATE, dsp.SR)
    sung = resample_poly(sung.astype(float), SAMPLE_RATE // common, dsp.SR // common)
    loudness = gaussian_filter1d((kinds != "pause").astype(float), 1)
    return start, sung * np.interp(np.arange(len(sung)) / SAMPLE_RATE, np.arange(len(kinds)) * _FRAME, loudness)
