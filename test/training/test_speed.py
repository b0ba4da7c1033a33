"""`python -m training.speed`: what it prints of a tiny network, against another checkout, and what it refuses."""

import re

from conftest import ROOT, call


def test_speed_measures_two_checkouts_of_the_same_network(tiny_config):
    """The other checkout is this one: the same loss twice, and about the same speed."""
    out = call("speed", "--config", tiny_config(), "--against", ROOT, "--pairs", 1, "--processes", 2).stdout
    rows = re.findall(r"([\d.]+) s of audio a second \(([\d.]+) by processor time\), ([\d.]+) GMAC/s a core, (\d+)% of the peak; loss of the first step (-?[\d.]+)", out)
    assert len(rows) == 2 and "2 processes" in out
    assert all(float(audio) > 0 and float(cpu) > 0 and float(gmacs) > 0 and 0 <= int(share) <= 100 for audio, cpu, gmacs, share, _ in rows)
    assert rows[0][4] == rows[1][4] and float(rows[0][4])
    assert len(re.findall(r"[\d.]+ times as fast by", out)) == 2


def test_speed_refuses_a_folder_that_is_no_checkout(tmp_path):
    done = call("speed", "--against", tmp_path, check=False)
    assert done.returncode == 2 and f"{tmp_path} is no checkout" in done.stderr


def test_speed_says_why_a_worker_ended(tmp_path):
    done = call("speed", "--config", tmp_path / "missing.toml", "--processes", 1, check=False)
    assert done.returncode == 2 and "missing.toml" in done.stderr and "ended before it answered" in done.stderr and "Traceback" not in done.stderr
