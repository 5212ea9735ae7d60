"""Training: what the notebooks built in view, packed up once it was built.

Not about models, data or measures: they come in as arguments.
"""

from course_utils.training.batches import BatchLoader, minibatches
from course_utils.training.callbacks import BestCheckpoint, EarlyStopping, Schedule
from course_utils.training.checkpoint import load_checkpoint, save_checkpoint
from course_utils.training.evaluation import evaluate
from course_utils.training.loop import fit, train_epoch
from course_utils.training.problems import TrainingError
from course_utils.training.reports import ProgressBar, TensorBoardLogger
from course_utils.training.run import Callback, Run
from course_utils.training.schedules import triangle
from course_utils.training.search import RateSearch, find_learning_rate

__all__ = [
    "BatchLoader",
    "BestCheckpoint",
    "Callback",
    "EarlyStopping",
    "ProgressBar",
    "RateSearch",
    "Run",
    "Schedule",
    "TensorBoardLogger",
    "TrainingError",
    "evaluate",
    "find_learning_rate",
    "fit",
    "load_checkpoint",
    "minibatches",
    "save_checkpoint",
    "train_epoch",
    "triangle",
]
