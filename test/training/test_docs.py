"""The recipe's commands and configs in the documents: each command is parsed by its module's own parser, each config loads."""

import importlib
import re
import shlex

import pytest

from training import restore
from training.config import load_config

from conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "docs/training.md", ROOT / "models/training/README.md"]
COMMAND = re.compile(r"-m (training\.\w+)((?: +(?!#)[^\s`]+)*)")


def blocks(language: str) -> list[str]:
    return [code for path in DOCUMENTS for code in re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.M | re.S)]


COMMANDS = sorted({match for code in blocks("sh") for match in COMMAND.findall(code)})


def test_there_are_commands_and_a_config():
    assert len(COMMANDS) > 10 and blocks("toml")


@pytest.mark.parametrize("module, arguments", COMMANDS)
def test_a_command_is_one_that_its_module_takes(module, arguments):
    args = importlib.import_module(module).parser().parse_args(shlex.split(arguments))
    if getattr(args, "config", None) and args.config.parts[0] == "training":
        assert load_config(ROOT / "models" / args.config)


def test_a_config_fine_tunes_the_shipped_model(tmp_path):
    for code in blocks("toml"):
        (tmp_path / "tuned.toml").write_text(code)
        config = load_config(tmp_path / "tuned.toml")
        assert restore.weights(ROOT / "models/live.json", config.model)
