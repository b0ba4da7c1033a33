"""Render LMMS projects into clips with true drums, bass and other: electronic songs whose every track is known.

Usage: python -m training.lmms /path/to/projects --set lmms

Each track belongs to a stem by its name, its instrument's preset and its sample; a project is rendered once per stem, all
other tracks muted, with its mixer and effects as they are. Sung or spoken samples are left out. A stem that stays silent is
not in its clip, nor is "other" of a project where no track is named as drums or none as bass: they may be in it. Needs lmms (Debian: apt-get install lmms); a project that is there already is skipped.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from tqdm import tqdm

from . import SAMPLE_RATE, audio
from .cli import main
from .data import SILENCE
from .errors import TrainingError
from .prepare import SetWriter

RULES = (  # the first that fits a track's words decides
    ("vocals", r"vox|vocal|voice|speech|\bsay"),
    ("drums", r"kick|snare|\bhat|h[a-z]*hat|\bhh\b|clap|drum|perc|\btoms?\b|crash|cymbal|ride\b|shaker|conga|bongo|\brim|cowbell|tamb|clave|maraca|\bkit\b|\bbd\b|beats?/|break|latin/|tr[- ]?\d0\d|house loop|jungle"),
    ("bass", r"bass|\bsub\b"),
)
INSTRUMENTS, SAMPLES = "0", "2"  # types of track that sound; the others hold patterns and automation


def read(path: Path) -> ElementTree.Element:
    """The XML of a project, .mmp or compressed .mmpz."""
    try:
        data = path.read_bytes()
        return ElementTree.fromstring(zlib.decompress(data[4:]) if path.suffix == ".mmpz" else data)
    except (OSError, zlib.error, ElementTree.ParseError) as error:
        raise TrainingError(f"{path}: not a readable LMMS project ({error})") from error


def stem_of(track: ElementTree.Element) -> str:
    """The stem of a track that sounds."""
    words = [track.get("name") or ""]
    for instrument in track.findall("./instrumenttrack/instrument"):
        words += [instrument.get("name") or "", *(part.get("src") or "" for part in instrument)]
    words += [part.get("src") or "" for part in track.iter("sampletco")]
    text = " ".join(words).lower().replace("_", " ")
    return next((stem for stem, rule in RULES if re.search(rule, text)), "other")


def only(project: ElementTree.Element, stem: str) -> bytes:
    """The project with every track muted that is not of ``stem``."""
    copy = ElementTree.fromstring(ElementTree.tostring(project))
    for track in copy.iter("track"):
        if track.get("type") in (INSTRUMENTS, SAMPLES) and stem_of(track) != stem:
            track.set("muted", "1")
        track.set("solo", "0")
    return ElementTree.tostring(copy)


def render(project: ElementTree.Element, stem: str, seconds: int) -> np.ndarray:
    """``stem`` of a project as [2, samples]."""
    with tempfile.TemporaryDirectory() as folder:
        path, sound = Path(folder) / "stem.mmp", Path(folder) / "stem.wav"
        path.write_bytes(only(project, stem))
        root = ["--allowroot"] if os.geteuid() == 0 else []
        command = ["lmms", *root, "render", str(path), "-f", "wav", "-s", str(SAMPLE_RATE), "-o", str(sound)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        except FileNotFoundError as error:
            raise TrainingError("lmms is not installed; install it (Debian: apt-get install lmms) and run again") from error
        except subprocess.TimeoutExpired as error:
            raise TrainingError(f"took longer than {seconds} s") from error
        if done.returncode or not sound.exists():
            raise TrainingError(f"lmms ended with {done.returncode} and no sound")
        return audio.decode(sound)


def run(args: argparse.Namespace) -> None:
    writer = SetWriter(args.set)
    found = {path.stem: path for path in sorted(args.folder.rglob("*.mmp*"))}  # once, if it is there in both forms
    if not found:
        raise TrainingError(f"{args.folder}: no .mmp or .mmpz projects found")
    for name, path in tqdm(found.items(), unit="project", disable=None):
        if writer.has(name):
            continue
        try:
            project = read(path)
            tracks = [track for track in project.iter("track") if track.get("type") in (INSTRUMENTS, SAMPLES)]
            named = {stem_of(track) for track in tracks if track.get("muted") != "1"} - {"vocals"}
            if not {"drums", "bass"} <= named:
                named -= {"other"}
            parts = {stem: render(project, stem, args.patience) for stem in sorted(named)}
        except TrainingError as error:  # one bad project must not stop a run of hours
            tqdm.write(f"skipped {path.name}: {error}", file=sys.stderr)
            continue
        parts = {stem: part for stem, part in parts.items() if np.sqrt(np.square(part).mean()) > SILENCE}
        if not parts:
            tqdm.write(f"skipped {path.name}: silent", file=sys.stderr)
            continue
        length = min(max(part.shape[1] for part in parts.values()), int(args.longest * SAMPLE_RATE))
        cut = [np.pad(part[:, :length], ((0, 0), (0, max(0, length - part.shape[1])))) for part in parts.values()]
        peak = max(1.0, float(np.abs(sum(cut)).max()))
        writer.add(name, parts, lambda: np.stack(cut) / peak)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m training.lmms", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, help="folder of .mmp and .mmpz projects")
    p.add_argument("--set", default="lmms", help="name of the set in the cache")
    p.add_argument("--longest", type=float, default=240.0, help="seconds to keep of each project")
    p.add_argument("--patience", type=int, default=900, help="seconds after which the rendering of a stem is given up")
    return p


if __name__ == "__main__":
    main(parser(), run)
