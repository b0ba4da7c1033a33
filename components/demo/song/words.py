"""Writes song.txt: the words of the demo song with their notes, as UltraStar has them."""

from pathlib import Path

from score import BEATS_PER_MINUTE, LYRICS

# Syllables, one a note: "-" parts a word.
SYLLABLES = (
    "So take me out, bring me in",
    "Hear the song be-neath the skin",
    "Turn me down, let it play",
    "I'll come back to you some-day",
    "Mor-ning comes in four part light",
    "All the sound is wo-ven tight",
    "Pull one thread and hear it go",
    "There's a part you ne-ver knew",
    "I'll come back to you some-day",
)

STEPS_PER_BEAT = 40  # UltraStar counts quarters of its BPM
MIDDLE_C = 60


def ultrastar():
    """The file's lines."""
    yield from ("#TITLE:Four-part light", "#ARTIST:Danna-Sep Live", "#LANGUAGE:English", "#MP3:song.mp3")
    yield from (f"#BPM:{BEATS_PER_MINUTE * STEPS_PER_BEAT // 4}", "#GAP:0")
    for line, words in zip(LYRICS, SYLLABLES, strict=True):
        assert words.replace("-", "") == line.words
        syllables = words.replace("-", " -").split(" ")
        for note, syllable in zip(line.notes, syllables, strict=True):
            start, length = (round(beats * STEPS_PER_BEAT) for beats in (note.start, note.length))
            text = syllable[1:] if syllable.startswith("-") else f" {syllable}"
            yield f": {start} {length} {note.pitch - MIDDLE_C} {text}"
        yield f"- {round((line.notes[-1].start + line.notes[-1].length) * STEPS_PER_BEAT)}"
    yield "E"


if __name__ == "__main__":
    Path(__file__).with_name("song.txt").write_text("\n".join(ultrastar()) + "\n")
