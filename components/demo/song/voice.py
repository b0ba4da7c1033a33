"""Sings: Festival speaks each line, the WORLD vocoder puts it on the melody.

Festival's HTS voice gives the words with the times of their phones. WORLD
(Morise, Yokomori & Ozawa, "WORLD: a vocoder-based high-quality speech
synthesis system for real-time applications", IEICE Trans. 2016) splits the
speech into pitch, spectral envelope and aperiodicity. The envelope is then
stretched in time, so that each vowel begins on its note and lasts for it while
consonants keep their own length, and the pitch is replaced by the melody's.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyworld
import soundfile
from scipy.ndimage import gaussian_filter1d
from scipy.signal import resample_poly

import score

SAMPLE_RATE = 44100
_FRAME_MS = 5.0
_FRAME = _FRAME_MS / 1000
_VOWELS = {"aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"}
_UNVOICED = {"p", "t", "k", "f", "th", "s", "sh", "ch", "hh", "pau"}
_EDGE = 0.04  # seconds at a vowel's edges that keep their own speed
_SPEAK = """
(voice_cmu_us_slt_arctic_hts)
(Parameter.set 'Duration_Stretch 1.15)
(set! utterance (SynthText "{words}"))
(mapcar
  (lambda (phone)
    (format t "%s %f %s\\n" (item.name phone) (item.feat phone "end")
      (if (item.relation phone 'SylStructure)
          (item.feat phone "R:SylStructure.parent.id") "-")))
  (utt.relation.items utterance 'Segment))
(utt.save.wave utterance "{wav}" 'riff)
"""


@dataclass(frozen=True)
class Phone:
    """A spoken phone: name, times in seconds, the syllable that it belongs to."""

    name: str
    start: float
    end: float
    syllable: str


@dataclass(frozen=True)
class Take:
    """How one singer sings: a seed for the small errors, their size, an octave-free shift."""

    seed: int
    drift_cents: float = 7.0
    timing: float = 0.0
    harmony: bool = False


def sing(lines, take):
    """Sings lines of the score.

    Returns (audio, pitch): float audio [samples] of the song's length, and the
    pitch in Hz that was asked for, one value a frame of 5 ms, 0 where unvoiced.
    """
    length = round(score.TOTAL_SECONDS * SAMPLE_RATE)
    audio = np.zeros(length)
    pitch = np.zeros(round(score.TOTAL_SECONDS / _FRAME) + 1)
    random = np.random.default_rng(take.seed)
    for line in lines:
        if take.harmony and not line.harmony:
            continue
        start_frame, sung, f0 = _sing_line(line, take, random)
        start = round(start_frame * _FRAME * SAMPLE_RATE)
        end = min(length, start + len(sung))
        audio[start:end] += sung[: end - start]
        pitch[start_frame:start_frame + len(f0)] = np.maximum(pitch[start_frame:start_frame + len(f0)], f0)
    return audio, pitch


def _speak(words):
    with tempfile.TemporaryDirectory() as folder:
        wav, script = Path(folder, "line.wav"), Path(folder, "line.scm")
        script.write_text(_SPEAK.format(words=words, wav=wav))
        printed = subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True, text=True).stdout
        audio, rate = soundfile.read(wav)
    phones, start = [], 0.0
    for row in printed.splitlines():
        name, end, syllable = row.split()
        phones.append(Phone(name, start, float(end), syllable))
        start = float(end)
    common = np.gcd(SAMPLE_RATE, rate)
    return resample_poly(audio, SAMPLE_RATE // common, rate // common), phones


def _syllables(phones):
    """Phones by syllable, as (before the vowel, the vowel, after it)."""
    groups = {}
    for phone in phones:
        if phone.name != "pau":
            groups.setdefault(phone.syllable, []).append(phone)
    result = []
    for group in groups.values():
        nucleus = next(index for index, phone in enumerate(group) if phone.name in _VOWELS)
        result.append((group[:nucleus], group[nucleus], group[nucleus + 1:]))
    return result


def _anchors(line, syllables, shift):
    """Pairs (target second, source second) between which time runs linearly, and rests."""
    onsets = [note.start * score.SECONDS_PER_BEAT + shift for note in line.notes]
    target, source, rests = [], [], []
    for index, (before, vowel, after) in enumerate(syllables):
        onset = onsets[index]
        end = onset + line.notes[index].length * score.SECONDS_PER_BEAT
        tail = sum(phone.end - phone.start for phone in after)
        if index + 1 < len(syllables):
            lead = sum(phone.end - phone.start for phone in syllables[index + 1][0])
            end = min(end, onsets[index + 1] - lead)
        else:
            lead = 0.0
        squeeze = min(1.0, 0.55 * (end - onset) / tail) if tail else 1.0
        clock = onset - sum(phone.end - phone.start for phone in before)
        if index == 0 or clock > target[-1] + 0.02:
            if index:
                rests.append((target[-1], clock))
            target.append(clock)
            source.append(before[0].start if before else vowel.start)
        vowel_end = end - tail * squeeze
        span = vowel.end - vowel.start
        target.append(onset)
        source.append(vowel.start)
        if vowel_end - onset > span > 2.5 * _EDGE:
            target += [onset + _EDGE, vowel_end - _EDGE]
            source += [vowel.start + _EDGE, vowel.end - _EDGE]
        target.append(vowel_end)
        source.append(vowel.end)
        if after:
            target.append(end)
            source.append(after[-1].end)
    return np.array(target), np.array(source), rests


def _melody(times, line, pitches, shift, drift, random):
    """Pitch in Hz at the given seconds: steps with a glide, vibrato on long notes, drift."""
    note_of = np.searchsorted([note.start * score.SECONDS_PER_BEAT + shift - 0.03 for note in line.notes], times, "right") - 1
    semitones = np.array([pitches[max(0, index)] for index in note_of], float)
    semitones = gaussian_filter1d(semitones, 0.018 / _FRAME, mode="nearest")
    for note in line.notes:
        onset, length = note.start * score.SECONDS_PER_BEAT + shift, note.length * score.SECONDS_PER_BEAT
        if length < 0.45:
            continue
        since = times - onset
        inside = (since > 0.18) & (since < length + 0.05)
        depth = 0.38 * np.clip((since - 0.18) / 0.25, 0, 1)
        semitones += inside * depth * np.sin(2 * np.pi * 5.4 * (since - 0.18))
    wander = gaussian_filter1d(random.normal(size=len(times)), 0.12 / _FRAME, mode="nearest")
    semitones += drift / 100 * wander / (np.std(wander) + 1e-9)
    return 440 * 2 ** ((semitones - 69) / 12)


def _sing_line(line, take, random):
    speech, phones = _speak(line.words)
    syllables = _syllables(phones)
    if len(syllables) != len(line.notes):
        raise ValueError(f"'{line.words}' has {len(syllables)} syllables and {len(line.notes)} notes: give each syllable a note")
    spoken_f0, times = pyworld.harvest(speech, SAMPLE_RATE, frame_period=_FRAME_MS)
    spoken_f0 = pyworld.stonemask(speech, spoken_f0, times, SAMPLE_RATE)
    envelope = np.log(pyworld.cheaptrick(speech, spoken_f0, times, SAMPLE_RATE))
    noise = pyworld.d4c(speech, spoken_f0, times, SAMPLE_RATE)

    shift = random.normal(0, take.timing) if take.timing else 0.0
    target, source, rests = _anchors(line, syllables, shift)
    first, last = int(np.floor(target[0] / _FRAME)), int(np.ceil((target[-1] + 0.08) / _FRAME))
    clock = np.arange(first, last) * _FRAME
    spoken = np.interp(clock, target, source)
    position = np.clip(spoken / _FRAME, 0, len(times) - 1.001)
    low, share = position.astype(int), (position % 1)[:, None]
    sung_envelope = (1 - share) * envelope[low] + share * envelope[low + 1]
    sung_noise = (1 - share) * noise[low] + share * noise[low + 1]

    names = np.array([phone.name for phone in phones])
    name_at = names[np.minimum(np.searchsorted([phone.end for phone in phones], spoken, "right"), len(names) - 1)]
    voiced = ~np.isin(name_at, list(_UNVOICED))
    pitches = line.harmony if take.harmony else [note.pitch for note in line.notes]
    f0 = np.where(voiced, _melody(clock, line, pitches, shift, take.drift_cents, random), 0.0)
    # Aperiodicity of frames that the speech had unvoiced is 1 at all bins: a
    # voiced phone sung from such a frame would whisper.
    vowel = np.isin(name_at, list(_VOWELS))
    sung_noise[vowel] = np.minimum(sung_noise[vowel], np.linspace(0.02, 0.85, sung_noise.shape[1]) ** 1.2)

    loudness = np.ones(len(clock))
    for begin, end in rests:
        loudness[(clock > begin) & (clock < end)] = 0
    loudness[clock > target[-1]] = 0
    loudness[clock < target[0]] = 0
    loudness = gaussian_filter1d(loudness, 0.012 / _FRAME)
    sung_envelope += 2 * np.log(np.maximum(loudness, 1e-4))[:, None]
    sung = pyworld.synthesize(f0, np.exp(sung_envelope), np.ascontiguousarray(sung_noise), SAMPLE_RATE, _FRAME_MS)
    return first, sung, f0 * (loudness > 0.5)
