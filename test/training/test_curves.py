"""Curves of runs: one picture from the logs that training writes."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from training import curves
from training.errors import TrainingError


def log(folder: Path, steps: list[int]) -> Path:
    folder.mkdir()
    rows = [{"step": step, "loss": -1.0, "lr": 1e-3, "norm": 1.0, "realtime": 1.0} for step in steps]
    rows[-1]["sdr"] = [1.0, 2.0, 3.0, 4.0]
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_runs_that_follow_each_other_count_on(tmp_path):
    first, second = log(tmp_path / "first", [10, 20]), log(tmp_path / "second", [5, 30])
    rows = curves.read_chain([first, second])
    assert [row["step"] for row in rows] == [10, 20, 25, 50]


def test_a_picture_with_a_line_for_each_chain(tmp_path):
    first, second, third = (log(tmp_path / name, [10, 20]) for name in ("first", "second", "third"))
    for name in ("a.svg", "b.svg"):
        curves.run(curves.parser().parse_args([f"{first},{second}", str(third), "--out", str(tmp_path / name)]))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert ET.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    comments = (tmp_path / "a.svg").read_text()
    assert "first + second" in comments and "third" in comments and "-- updates --" in comments


@pytest.mark.parametrize("content, words", [(None, "name folders that training.train has written"), ("", "nothing logged yet"), ("text", "not a log"), ("[1]\n", "not a log")])
def test_what_is_no_run(tmp_path, content, words):
    if content is not None:
        (tmp_path / "log.jsonl").write_text(content)
    with pytest.raises(TrainingError, match=words):
        curves.read_chain([tmp_path])
