"""One TOML file per shipped model: what to train, on what, how. Unknown keys are errors, so a typo never trains silently."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from . import STEMS
from .errors import TrainingError
from .model import ModelConfig


@dataclass(frozen=True)
class Source:
    """A set of clips in the cache and how often each stem is drawn from it; ``coherent`` weighs it for unmixed songs."""

    set: str
    vocals: float = 0.0
    drums: float = 0.0
    bass: float = 0.0
    other: float = 0.0
    coherent: float = 0.0
    normalise: bool = False  # bring the stem to a song-like level first
    dry: bool = False  # recorded without a room: add one
    quiet: float = 0.0  # dB below its clip's mixture from which on a stem counts as absent: what a teacher leaves there (0: never)
    band: float = 0.0  # Hz above which the recording holds nothing (0: full band)


@dataclass(frozen=True)
class AugmentConfig:
    coherent: float = 0.4  # share of examples that keep the four stems of one song together
    gain_db: float = 4.0  # standard deviation of each stem's gain
    coherent_gain_db: float = 2.0
    swap: float = 0.5
    polarity: float = 0.5
    speed: float = 0.3  # probability of a change of pitch and tempo
    speed_range: float = 0.08
    eq: float = 0.4
    eq_db: float = 4.0
    drop: float = 0.08  # probability that a stem is silent
    level_db: float = 4.0  # standard deviation of the mixture's level
    narrow: float = 0.0  # probability that the stereo image is narrowed, half of these to mono
    extra_voice: float = 0.15
    room: float = 0.7  # probability that a dry voice gets a room


@dataclass(frozen=True)
class TrainConfig:
    seed: int = 1
    steps: int = 10000
    batch: int = 4
    frames: int = 258  # hops per example: 3 s
    late_frames: int = 517  # hops per example in the last part: 6 s
    late_from: float = 0.7  # share of the steps after which examples are long (and the batch halves)
    optimiser: str = "adamw"  # or "muon": see training.optimiser
    lr: float = 2e-3
    warmup: int = 200
    schedule: str = "cosine"  # or "constant": a trunk to branch cool-downs from (--branch)
    final_lr: float = 0.02  # of lr, reached by a cosine, or by a straight line over the last ``cooldown`` steps
    cooldown: int = 0
    weight_decay: float = 0.01
    clip: float = 5.0
    ema: float = 0.998
    stem_weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    spectral_weight: float = 0.3  # of the compressed spectral loss beside the waveform's
    teacher_weight: float = 0.0  # weight of the distance to --teacher's masks
    carry: float = 0.0  # probability that an example begins in the state in which the one before it ended, as in a stream

    def __post_init__(self):
        if self.optimiser not in ("adamw", "muon"):
            raise ValueError(f"no optimiser {self.optimiser!r}; there are adamw and muon")
        if self.schedule not in ("cosine", "constant"):
            raise ValueError(f"no schedule {self.schedule!r}; there are cosine and constant")


@dataclass(frozen=True)
class Config:
    name: str
    sources: tuple[Source, ...]
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    card: dict = field(default_factory=dict)  # licence and trained_on, copied into the manifest

    def as_dict(self) -> dict:
        return dataclasses.asdict(self)


def _build(cls, table: dict, where: str):
    known = {f.name for f in dataclasses.fields(cls)}
    unknown = set(table) - known
    if unknown:
        raise TrainingError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
    try:
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})
    except (TypeError, ValueError) as error:
        raise TrainingError(f"{where}: {error}") from error


def load_config(path: Path, sets: list[str] | None = None) -> Config:
    """Read a config file, of its sources only ``sets`` if given. Raises TrainingError naming the file and the key at fault."""
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        raise TrainingError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(f"{path}: not valid TOML: {error}") from error
    sources = tuple(_build(Source, row, f"{path} [[sources]]") for row in table.pop("sources", []))
    if sets:
        unknown = set(sets) - {source.set for source in sources}
        if unknown:
            raise TrainingError(f"{path}: no source {sorted(unknown)[0]!r}; it has {', '.join(source.set for source in sources)}")
        sources = tuple(source for source in sources if source.set in sets)
    if not sources:
        raise TrainingError(f"{path}: no [[sources]]; name at least one set to train on")
    for stem in STEMS:
        if not any(getattr(source, stem) > 0 for source in sources):
            raise TrainingError(f"{path}: no source has a weight for {stem!r}")
    sections = {"model": ModelConfig, "augment": AugmentConfig, "train": TrainConfig}
    built = {key: _build(cls, table.pop(key, {}), f"{path} [{key}]") for key, cls in sections.items()}
    return _build(Config, {**table, **built, "sources": sources}, str(path))
