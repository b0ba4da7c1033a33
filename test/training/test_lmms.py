"""LMMS projects: tracks find their stems by their words, and a real project is rendered stem by stem."""

import shutil
from xml.etree import ElementTree

import numpy as np
import pytest

from training.data import load_set
from training.errors import TrainingError
from training.lmms import only, read, stem_of

from conftest import call

NOTE = '<pattern pos="0" len="192" muted="0" type="1" steps="16" name="x"><note pos="0" len="96" key="{key}" vol="100" pan="0"/></pattern>'
TRACK = """<track type="0" name="{name}" muted="0" solo="0"><instrumenttrack vol="100" pan="0" pitch="0" basenote="57">
<instrument name="tripleoscillator"><tripleoscillator vol0="33" vol1="0" vol2="0" wavetype0="0" coarse0="0" modalgo1="2" modalgo2="2"/></instrument></instrumenttrack>{note}</track>"""


def project(*tracks: tuple[str, int]) -> str:
    sounds = "".join(TRACK.format(name=name, note=NOTE.format(key=key)) for name, key in tracks)
    head = '<head timesig_numerator="4" timesig_denominator="4" bpm="140" mastervol="80" masterpitch="0"/>'
    return f'<?xml version="1.0"?><lmms-project version="1.0" type="song" creator="LMMS" creatorversion="1.2.2">{head}<song><trackcontainer type="song">{sounds}</trackcontainer></song></lmms-project>'


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("bassdrum04.ogg", "drums"), ("C-HiHat TR-606", "drums"), ("drums/snare01.ogg", "drums"), ("Bass Line", "bass"), ("sub", "bass"),
        ("Killed Voice", "vocals"), ("Pad", "other"), ("it's_like_that", "other"), ("Subtle Strings", "other"), ("", "other"),
    ],
)
def test_a_track_is_known_by_its_words(words, stem):
    assert stem_of(ElementTree.fromstring(f'<track type="0" name="{words}"/>')) == stem


def test_all_but_one_stem_are_muted():
    tree = ElementTree.fromstring(project(("Kick", 57), ("Bass", 33), ("Pad", 57)))
    muted = {track.get("name"): track.get("muted") for track in ElementTree.fromstring(only(tree, "bass")).iter("track")}
    assert muted == {"Kick": "1", "Bass": "0", "Pad": "1"}


def test_not_a_project(tmp_path):
    (tmp_path / "broken.mmpz").write_bytes(b"noise and more")
    with pytest.raises(TrainingError, match="broken.mmpz: not a readable LMMS project"):
        read(tmp_path / "broken.mmpz")


@pytest.mark.skipif(shutil.which("lmms") is None, reason="lmms is not installed (Debian: apt-get install lmms)")
def test_a_project_becomes_its_stems(cache, tmp_path):
    folder = tmp_path / "projects"
    folder.mkdir()
    (folder / "full.mmp").write_text(project(("Kick", 45), ("Bass", 33), ("Pad", 69), ("Vox", 81)))
    (folder / "unclear.mmp").write_text(project(("Kick", 45), ("Default preset", 69)))
    (folder / "broken.mmp").write_text("<lmms")
    done = call("lmms", folder, "--set", "projects")
    assert "skipped broken.mmp" in done.stderr
    clips = {clip.name: clip for clip in load_set("projects")}
    assert clips["full"].stems == ("bass", "drums", "other") and clips["unclear"].stems == ("drums",)
    pitch = [np.abs(np.fft.rfft(np.asarray(stem[0], np.float32))).argmax() / (stem.shape[1] / 44100) for stem in clips["full"].audio]
    assert pitch == pytest.approx([110.0, 220.0, 880.0], rel=0.02), "A2, A3 and A5"
