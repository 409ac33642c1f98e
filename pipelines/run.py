"""All stages in their order, each doing only what is out of date."""

from collections.abc import Callable, Sequence
from functools import partial

from pipelines.aggregate import aggregate
from pipelines.config import Config
from pipelines.deliver import deliver
from pipelines.engine import Engine, started
from pipelines.ingest import ingest
from pipelines.plan import plan
from pipelines.predict import predict
from pipelines.rank import rank
from pipelines.stage import STAGES, Outcome, Progress
from pipelines.store import Store

Stage = Callable[[Config, Store, Progress], Outcome]


def run(
    config: Config,
    stages: Sequence[str] = STAGES,
    progress_of: Callable[[str], Progress] | None = None,
) -> list[Outcome]:
    """Run stages one after the other, holding the survey's lock.

    Parameters
    ----------
    config
        The survey.
    stages
        Names out of :data:`pipelines.stage.STAGES`.
    progress_of
        Gives the progress callback of a stage; None = say nothing.

    Raises
    ------
    InputError
        Where an input cannot be used.
    LockedError
        Where another run holds the survey.
    """
    store = Store(config.processed)
    with store.lock(), started(config.engine, store.root) as engine:
        store.clean()
        work = _work(engine)
        return [
            work[stage](config, store, progress_of(stage) if progress_of else _silent)
            for stage in stages
        ]


def _work(engine: Engine) -> dict[str, Stage]:
    """What each stage does."""
    return {
        "ingest": partial(ingest, engine=engine),
        "aggregate": partial(aggregate, engine=engine),
        "predict": predict,
        "rank": rank,
        "plan": plan,
        "deliver": deliver,
    }


def _silent(_text: str, _share: float | None) -> None:
    """Report nothing."""
