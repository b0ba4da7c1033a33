"""Renders the demo song: four stems, and their sum.

    python render.py [--out FOLDER]

Needs Debian's fluidsynth, musescore-general-soundfont and ffmpeg, and the
packages of requirements.txt. Writes
stems/vocals.flac, drums.flac, bass.flac, other.flac (16 bits, 44.1 kHz stereo)
and song.mp3. The mixture is the sum of the four 16-bit stems, sample for
sample, before it is encoded.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pedalboard as fx
import pyloudnorm
import soundfile

import band
import score
import voice

SAMPLE_RATE = 44100
LOUDNESS = -15.0  # LUFS of the mixture
PEAK = 10 ** (-1.2 / 20)  # headroom for the encoder's overshoot
STEP = 8  # stems are multiples of this: 13 bits, noise at -84 dB, and FLAC files half the size
# Loudness of each stem beside the mixture's, in LU.
BALANCE = {"vocals": -4.0, "drums": -5.5, "bass": -7.5, "other": -6.6}


def _process(audio, *effects):
    board = fx.Pedalboard(list(effects))
    return board(audio.T.astype(np.float32), SAMPLE_RATE).T.astype(float)


def _panned(audio, position):
    """Equal-power pan of a mono or stereo signal; position −1 (left) to 1 (right)."""
    mono = audio if audio.ndim == 1 else audio.mean(axis=1)
    angle = (position + 1) * np.pi / 4
    return np.stack([mono * np.cos(angle), mono * np.sin(angle)], axis=1) * np.sqrt(2)


def vocals():
    """Lead voice; a double on either side and a quiet harmony in the chorus; a little echo and room."""
    chorus = [line for line in score.LYRICS if line.harmony]
    lead = voice.sing(score.LYRICS, voice.Take(seed=1))
    left = voice.sing(chorus, voice.Take(seed=2, drift_cents=11, timing=.012))
    right = voice.sing(chorus, voice.Take(seed=3, drift_cents=11, timing=.012))
    harmony = voice.sing(chorus, voice.Take(seed=4, drift_cents=9, timing=.01, harmony=True))
    dry = _panned(lead, 0) + .25 * _panned(left, -.5) + .25 * _panned(right, .5) + .15 * _panned(harmony, .2)
    dry = _process(
        dry / np.abs(dry).max() * .5,
        fx.HighpassFilter(110),
        fx.Compressor(threshold_db=-18, ratio=2, attack_ms=8, release_ms=120),
        fx.PeakFilter(2700, 2, .7),
        fx.HighShelfFilter(8000, 2),
    )
    echo = _process(dry, fx.Delay(score.SECONDS_PER_BEAT * .75, .22, 1.), fx.LowpassFilter(3500), fx.HighpassFilter(300))
    room = _process(dry, fx.Reverb(room_size=.55, damping=.4, wet_level=1, dry_level=0, width=1), fx.HighpassFilter(250))
    return dry + .05 * echo + .08 * room


def drums():
    kit = band.play(score.humanised(score.drums(), 11, .003), 16, percussion=True)
    kit = _process(kit, fx.Compressor(threshold_db=-20, ratio=3, attack_ms=8, release_ms=80), fx.HighShelfFilter(7000, 2))
    room = _process(kit, fx.Reverb(room_size=.25, damping=.5, wet_level=1, dry_level=0, width=1), fx.HighpassFilter(200))
    return kit + .07 * room


def bass():
    played = band.play(score.humanised(score.bass(), 12, .004), 33)
    mono = _panned(played, 0)
    return _process(mono, fx.LowShelfFilter(90, 2), fx.Compressor(threshold_db=-24, ratio=4, attack_ms=6, release_ms=120))


def other():
    strummed = _panned(band.play(score.humanised(score.strummed_guitar(), 13), 25), -.55)
    picked = _process(
        _panned(band.play(score.humanised(score.picked_guitar(), 14), 27), .5),
        fx.Chorus(rate_hz=.7, depth=.12, mix=.3),
        fx.Delay(score.SECONDS_PER_BEAT * .75, .25, .18),
    )
    piano = band.play(score.humanised(score.piano(), 15), 4)
    pad = band.play(score.humanised(score.strings(), 16, .01), 49)
    mix = .9 * strummed + .75 * picked + .5 * piano + .4 * pad
    room = _process(mix, fx.Reverb(room_size=.5, damping=.5, wet_level=1, dry_level=0, width=1))
    return _process(mix + .1 * room, fx.HighpassFilter(120), fx.Compressor(threshold_db=-20, ratio=2, attack_ms=15, release_ms=150))


def mixed(stems):
    """Balances the stems; returns them as int16, loudness and headroom of their sum kept."""
    meter = pyloudnorm.Meter(SAMPLE_RATE)
    stems = {name: audio * 10 ** ((BALANCE[name] - meter.integrated_loudness(audio)) / 20) for name, audio in stems.items()}
    fade = np.minimum(1, (np.arange(len(next(iter(stems.values()))))[::-1] / SAMPLE_RATE) / .8)[:, None]
    stems = {name: audio * fade for name, audio in stems.items()}
    total = sum(stems.values())
    gain = 10 ** ((LOUDNESS - meter.integrated_loudness(total)) / 20)
    gain = min(gain, PEAK / np.abs(total).max())
    return {name: (np.round(audio * gain * 32767 / STEP) * STEP).astype(np.int16) for name, audio in stems.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for song.mp3 and stems/")
    out = parser.parse_args().out
    stems = mixed({"vocals": vocals(), "drums": drums(), "bass": bass(), "other": other()})
    (out / "stems").mkdir(parents=True, exist_ok=True)
    for name, audio in stems.items():
        soundfile.write(out / "stems" / f"{name}.flac", audio, SAMPLE_RATE, compression_level=1.0)
    mixture = sum(audio.astype(np.int32) for audio in stems.values())
    if np.abs(mixture).max() > 32767:
        raise ValueError("the mixture clips: lower LOUDNESS")
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "song.wav")
        soundfile.write(wav, mixture.astype(np.int16), SAMPLE_RATE)
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-i", str(wav), "-map_metadata", "-1", "-fflags", "+bitexact",
             "-c:a", "libmp3lame", "-b:a", "256k", str(out / "song.mp3")],
            check=True,
        )


if __name__ == "__main__":
    main()
