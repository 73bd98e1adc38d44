"""What a run starts from and how it learns, where no more is said than that."""

from dataclasses import dataclass, replace
from typing import Any

from malgwi.training.config import TrainConfig, flag

STARTER = "starter"


def usual_config(checkpoint: str) -> TrainConfig:
    """Return the numbers that a run from `checkpoint` has, unless it is told otherwise."""
    return TrainConfig.starter() if checkpoint == STARTER else TrainConfig()


@dataclass(frozen=True)
class Start:
    """A checkpoint, with what `malgwi train` would be told of it; None leaves its own choice."""

    checkpoint: str = STARTER
    language_adapter: str | None = None
    lora: int | None = None
    learning_rate: float | None = None

    def config(self) -> TrainConfig:
        """Return the numbers of a run.

        Raises:
            MalgwiError: a value is out of range.
        """
        base = usual_config(self.checkpoint)
        given = self._told()
        if self.lora is not None:  # beside it no convolutions are trained, the starter's neither
            given["freeze_cnn"] = True
        return replace(base, **given)

    @property
    def flags(self) -> str:
        """What is told of the checkpoint, in words of the command line."""
        return " ".join(f"{flag(name)} {value}" for name, value in self._told().items())

    def __str__(self) -> str:
        """Return it in words of the command line."""
        return f"{self.checkpoint} {self.flags}".rstrip()

    def _told(self) -> dict[str, Any]:
        given = {name: value for name, value in vars(self).items() if name != "checkpoint"}
        return {name: value for name, value in given.items() if value is not None}
