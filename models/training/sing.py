"""Make singing voices: Festival speaks random words, the WORLD vocoder puts them on a random melody.

Usage: python -m training.sing --minutes 8

A voice is high or low, dark or bright by a random scaling of pitch and formants; words are stretched to sung lengths.
WORLD: Morise, Yokomori & Ozawa, IEICE Trans. 2016. A line depends only on (seed, its number); a clip that is already
there is skipped.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d
from tqdm import tqdm

from . import SAMPLE_RATE, audio
from .cli import main
from .errors import TrainingError
from .prepare import SetWriter
from .render import SCALES

FRAME = 0.005  # seconds
WORDS = """all alone along always away baby before behind believe better blue breathe bring broken burning call carry change
children city cloud cold colour come crying dancing dark day deep door down dream every eyes fading falling fear feel find
fire follow forever free garden give go gold gone good heart heaven hello hold home hope hours house into island just keep
know leave letter light little live lonely longer look losing love made maybe memory midnight mirror moon more morning mother
mountain moving music name never night nobody ocean only open over paper people picture place please quiet rain reason remember
river road room run sail same saying sea season secret shadow shine silence silver sing sleep slowly smile snow somebody
someone song soul sound standing star stay stone stop stories strange street summer sun sweet take tell thunder time together
tomorrow touch train true under until voice waiting walking wall wanted water whisper wild window winter wonder word world
yellow yesterday young""".split()
SPEAK = '(voice_cmu_us_slt_arctic_hts) (utt.save.wave (SynthText "{words}") "{wave}" (quote riff))'


def speak(words: str) -> np.ndarray:
    """Mono float64 [samples]."""
    with tempfile.TemporaryDirectory() as folder:
        script, wave = Path(folder) / "line.scm", Path(folder) / "line.wav"
        script.write_text(SPEAK.format(words=words, wave=wave))
        try:
            done = subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False)
        except FileNotFoundError as error:
            raise TrainingError("festival is not installed; install it (Debian: apt-get install festival festvox-us-slt-hts) and run again") from error
        if done.returncode or not wave.exists():
            raise TrainingError("Festival's voice is not installed (Debian: apt-get install festvox-us-slt-hts)")
        return audio.decode(wave)[0].astype(np.float64)


def melody(frames: int, rng: np.random.Generator) -> np.ndarray:
    """Pitch in MIDI note numbers for every frame: notes of a scale with glides, vibrato on long ones and a slow drift."""
    scale, key, lowest = SCALES[rng.integers(len(SCALES))], int(rng.integers(12)), rng.uniform(43, 62)
    pitches = [key + 12 * octave + step for octave in range(11) for step in scale if 0 <= key + 12 * octave + step - lowest < 15]
    vibrato, rate, beat = rng.uniform(0, 0.5), rng.uniform(4.8, 6.2), rng.uniform(0.25, 0.45)
    steps, sway, at, place = np.empty(frames), np.zeros(frames), 0, int(rng.integers(len(pitches)))
    while at < frames:
        place = int(np.clip(place + rng.integers(-2, 3), 0, len(pitches) - 1))
        length = int(rng.choice([1, 1, 2, 2, 3, 4]) * beat / FRAME)
        time = np.arange(min(length, frames - at)) * FRAME
        steps[at : at + length] = pitches[place]
        sway[at : at + length] = vibrato * np.clip((time - 0.2) / 0.3, 0, 1) * np.sin(2 * np.pi * rate * time)
        at += length
    drift = gaussian_filter1d(rng.standard_normal(frames), 0.15 / FRAME)
    return gaussian_filter1d(steps, 0.02 / FRAME) + sway + 0.1 * drift / (drift.std() + 1e-9)


def sing(words: str, rng: np.random.Generator) -> np.ndarray:
    """One line, float32 [2, samples]."""
    try:
        import pyworld
    except ImportError as error:
        raise TrainingError('pyworld is not installed; install it (pip install pyworld==0.3.5 "setuptools<82") and run again') from error
    speech = speak(words)
    pitch, times = pyworld.harvest(speech, SAMPLE_RATE, frame_period=FRAME * 1000)
    envelope = np.log(pyworld.cheaptrick(speech, pitch, times, SAMPLE_RATE))
    noise = pyworld.d4c(speech, pitch, times, SAMPLE_RATE)
    frames = int(len(times) * rng.uniform(1.2, 2.2))
    source = np.linspace(0, len(times) - 1, frames)
    low = source.astype(int)
    bins = np.arange(envelope.shape[1])
    notes = melody(frames, rng)
    warp = np.clip(rng.normal(1.0 + (np.median(notes) - 57) * 0.006, 0.06), 0.8, 1.2)  # low voices have lower formants
    warped = lambda plane: np.stack([np.interp(bins / warp, bins, row) for row in plane])[low]
    sung = np.where(pitch[low] > 0, 440 * 2 ** ((notes - 69) / 12), 0.0)
    wave = pyworld.synthesize(sung, np.exp(warped(envelope)), np.ascontiguousarray(np.clip(warped(noise), 0, 1)), SAMPLE_RATE, FRAME * 1000)
    wave = wave * (0.1 / (np.sqrt(np.square(wave).mean()) + 1e-9))
    return np.stack((wave, wave)).astype(np.float32)


def run(args: argparse.Namespace) -> None:
    writer = SetWriter(args.set)
    for clip in tqdm(range(max(1, round(args.minutes))), unit="min", disable=None):

        def minute() -> np.ndarray:
            rng = np.random.default_rng((args.seed, clip))
            lines: list[np.ndarray] = []
            while sum(line.shape[1] for line in lines) < 60 * SAMPLE_RATE:
                lines.append(sing(" ".join(rng.choice(WORDS, int(rng.integers(4, 10)))), rng))
                lines.append(np.zeros((2, int(rng.uniform(0, 0.5) * SAMPLE_RATE)), np.float32))
            return np.concatenate(lines, axis=1)[None]

        writer.add(f"{args.set}-{clip:03d}", ("vocals",), minute)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.sing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--set", default="sung", help="name of the set in the cache")
    p.add_argument("--minutes", type=float, default=8)
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    main(parser(), run)
