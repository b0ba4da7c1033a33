"""The demo song as notes: tempo, melody with its words, and the band's parts.

Original work. D major, 96 beats a minute, in 4/4: a beat of drums with the
voice's upbeat, a chorus of four lines, a bar of guitar, a verse of four lines,
the chorus's last line, a closing chord. Times are beats from the song's start,
pitches are MIDI note numbers.
"""

from dataclasses import dataclass

import numpy as np

BEATS_PER_MINUTE = 96
BEATS_PER_BAR = 4
SECONDS_PER_BEAT = 60 / BEATS_PER_MINUTE
TOTAL_SECONDS = 28.0
UPBEAT = 1  # beats before the first bar
CHORUS, TURN, VERSE, LAST_LINE, END = 0, 4, 5, 9, 10  # first bar of each part


def _beat(bar, beat=0.):
    """Beats from the song's start to a beat of a bar."""
    return UPBEAT + bar * BEATS_PER_BAR + beat


@dataclass(frozen=True)
class Note:
    """One note: start and length in beats, MIDI pitch, MIDI velocity."""

    start: float
    length: float
    pitch: int
    velocity: int = 90


@dataclass(frozen=True)
class Line:
    """A sung line: its words, and one note for each syllable of them."""

    words: str
    notes: tuple[Note, ...]
    harmony: tuple[int, ...] = ()  # a second voice's pitches, same rhythm


def _line(words, bar, notes, harmony=()):
    return Line(
        words,
        tuple(Note(_beat(bar, start), length, pitch) for start, length, pitch in notes),
        tuple(harmony),
    )


LYRICS = (
    _line("So take me out, bring me in", CHORUS,
          [(-.5, .5, 69), (0, .75, 71), (.75, .25, 69), (1, .9, 66), (2, .75, 69), (2.75, .25, 67), (3, .85, 66)],
          (66, 67, 66, 62, 66, 64, 62)),
    _line("Hear the song beneath the skin", CHORUS + 1,
          [(0, .5, 67), (.5, .5, 67), (1, .5, 71), (1.5, .5, 69), (2, .5, 67), (2.5, .5, 66), (3, .85, 62)],
          (62, 62, 67, 66, 62, 62, 59)),
    _line("Turn me down, let it play", CHORUS + 2,
          [(0, .75, 69), (.75, .25, 69), (1, .9, 66), (2, .75, 69), (2.75, .25, 71), (3, .85, 69)],
          (66, 66, 62, 66, 67, 66)),
    _line("I'll come back to you someday", CHORUS + 3,
          [(0, .5, 64), (.5, .5, 66), (1, .9, 69), (2, .5, 67), (2.5, .5, 64), (3, 1, 61), (4, 2.2, 62)],
          (61, 61, 64, 64, 61, 57, 57)),
    _line("Morning comes in four part light", VERSE,
          [(0, .5, 62), (.5, .5, 62), (1, .5, 64), (1.5, .5, 66), (2, .5, 66), (2.5, .5, 64), (3, .85, 62)]),
    _line("All the sound is woven tight", VERSE + 1,
          [(0, .5, 66), (.5, .5, 66), (1, .5, 66), (1.5, .5, 64), (2, .5, 62), (2.5, .5, 64), (3, .85, 59)]),
    _line("Pull one thread and hear it go", VERSE + 2,
          [(0, .5, 62), (.5, .5, 64), (1, .5, 66), (1.5, .5, 67), (2, .5, 66), (2.5, .5, 64), (3, .85, 62)]),
    _line("There's a part you never knew", VERSE + 3,
          [(0, .5, 64), (.5, .5, 66), (1, .5, 67), (1.5, .5, 66), (2, .5, 64), (2.5, .5, 66), (3, .85, 69)]),
    _line("I'll come back to you someday", LAST_LINE,
          [(0, .5, 64), (.5, .5, 66), (1, .9, 69), (2, .5, 67), (2.5, .5, 64), (3, 1, 61), (4, 3, 62)],
          (61, 61, 64, 64, 61, 57, 57)),
)

# One chord a bar: bass pitch, then guitar voicing from the lowest string up.
_D = (38, (50, 57, 62, 66, 69))
_G = (43, (55, 59, 62, 67, 71))
_B_MINOR = (35, (47, 54, 59, 62, 66))
_A = (33, (45, 52, 57, 61, 64))
CHORDS = (_B_MINOR, _G, _D, _A, _D, _D, _B_MINOR, _D, _G, _A, _D)

_KICK, _SNARE, _CLOSED_HAT, _OPEN_HAT, _CRASH, _TAMBOURINE = 36, 38, 42, 46, 49, 54
_LOW_TOM, _MID_TOM, _HIGH_TOM = 43, 47, 50


def drums():
    """Drum notes (General MIDI percussion pitches)."""
    notes = []

    def hit(bar, beat, pitch, velocity):
        notes.append(Note(_beat(bar, beat), .2, pitch, velocity))

    for step, velocity in enumerate((84, 70, 96, 104)):
        hit(CHORUS, step / 4 - 1, _SNARE, velocity)
    for bar in range(END):
        driving = bar < TURN or bar == LAST_LINE
        fill = bar in (TURN, LAST_LINE)
        if bar in (CHORUS, CHORUS + 2, VERSE):
            hit(bar, 0, _CRASH, 104)
        for beat in (0, 1.5, 2, 3.5) if driving else (0, 1.75, 2.5):
            hit(bar, beat, _KICK, 114 if beat == 0 else 102)
        hit(bar, 1, _SNARE, 110)
        if not fill:
            hit(bar, 3, _SNARE, 112)
            hit(bar, 3.75, _SNARE, 46)
        for step in range(8 if not fill else 5):
            opened = driving and step == 7
            hit(bar, step / 2, _OPEN_HAT if opened else _CLOSED_HAT, 92 if step % 2 == 0 else 68)
        if driving:
            for step in range(16):
                hit(bar, step / 4, _TAMBOURINE, 78 if step % 4 == 2 else 46)
        if fill:
            for step, pitch in enumerate((_SNARE, _SNARE, _HIGH_TOM, _MID_TOM, _MID_TOM, _LOW_TOM)):
                hit(bar, 2.5 + step / 4, pitch, 88 + 5 * step)
    hit(END, 0, _CRASH, 112)
    hit(END, 0, _KICK, 118)
    return notes


def bass():
    """Bass guitar notes."""
    notes = []
    for bar, (root, _) in enumerate(CHORDS):
        start = _beat(bar)
        if bar == END:
            notes.append(Note(start, 3.4, root, 108))
        elif bar < TURN or bar == LAST_LINE:
            leading = CHORDS[bar + 1][0]
            line = (root, root, root, root + 12, root, root, root + 7, leading + (2 if leading < root else -1))
            notes += [Note(start + step / 2, .46, pitch, 108 if step % 2 == 0 else 94) for step, pitch in enumerate(line)]
        else:
            for beat, length, pitch in ((0, 1.4, root), (1.75, .65, root), (2.5, .9, root + 7), (3.5, .45, root + 12)):
                notes.append(Note(start + beat, length, pitch, 104))
    return notes


def strummed_guitar():
    """Steel-string guitar: sixteenth-note strums, strings struck one after the other."""
    notes = []
    strokes = ((0, 1, 96), (1, 1, 90), (1.5, -1, 72), (2.5, -1, 80), (3, 1, 92), (3.5, -1, 76), (3.75, 1, 62))
    for bar, (_, voicing) in enumerate(CHORDS):
        for index, (beat, direction, velocity) in enumerate(strokes if bar < END else ((0, 1, 104),)):
            following = strokes[index + 1][0] if bar < END and index + 1 < len(strokes) else 4
            for order, pitch in enumerate(voicing[::direction]):
                start = _beat(bar, beat) + order * .018
                notes.append(Note(start, following - beat - .03, pitch, velocity - 3 * order))
    return notes


def picked_guitar():
    """Clean electric guitar: broken chords, and a short tune of its own between chorus and verse."""
    tune = ((1, .5, 74), (1.5, .5, 78), (2, .5, 81), (2.5, .5, 78), (3, .5, 76), (3.5, .5, 74))
    notes = [Note(_beat(TURN, beat), length * .98, pitch, 96) for beat, length, pitch in tune]
    for bar in range(END):
        if bar == TURN:
            continue
        voicing = CHORDS[bar][1]
        for step, string in enumerate((1, 3, 2, 4, 3, 2, 4, 3)):
            notes.append(Note(_beat(bar, step / 2), 1.1, voicing[string] + 12, 74 if step % 2 else 84))
    return notes


def piano():
    """Electric piano: the chord, held."""
    return [
        Note(_beat(bar, beat), length, pitch, 78)
        for bar, (_, voicing) in enumerate(CHORDS)
        for beat, length in (((0, 1.4), (1.5, 2.3)) if bar < TURN or bar == LAST_LINE else ((0, 3.6),))
        for pitch in voicing[1:]
    ]


def strings():
    """Strings under the chorus and the closing bars."""
    return [
        Note(_beat(bar), 4 if bar < END else 3.2, pitch + 12, 78)
        for bar in (*range(CHORUS, TURN), LAST_LINE, END)
        for pitch in CHORDS[bar][1][1:4]
    ]


def humanised(notes, seed, timing=.006, velocity=5):
    """The notes with small seeded errors in time (seconds, one sigma) and velocity."""
    random = np.random.default_rng(seed)
    return [
        Note(
            max(0., note.start + random.normal(0, timing) / SECONDS_PER_BEAT),
            note.length,
            note.pitch,
            int(np.clip(note.velocity + random.normal(0, velocity), 1, 127)),
        )
        for note in notes
    ]
