"""Training that one can watch: start, stop, change a control, and the picture follows.

The three functions that train and draw know nothing of widgets. Training goes in bounded pieces;
between two of them the kernel answers messages, so that a press on Stop arrives.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import ipywidgets

from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.picture import Picture

#: Seconds left to the kernel between two pieces of training, to answer messages.
PAUSE = 0.02


class LiveTraining:
    """A figure of a training run, with Train/Stop and Restart under its controls.

    Args:
        start: ``start(**values)`` returns a fresh run for the values of the controls.
        advance: ``advance(run)`` trains one piece of it, bounded in time.
        draw: ``draw(figure, run)`` draws the run as it stands into an empty figure.
        controls: the controls, by keyword of `start`.
        pieces: after so many pieces a run stops by itself.
        still: pieces done before the figure is shown for the first time.
        size: width and height of the figure in inches, at 100 dots per inch.
    """

    _training: ClassVar["LiveTraining | None"] = None

    def __init__(
        self,
        start: Callable[..., Any],
        advance: Callable[[Any], object],
        draw: Callable[..., None],
        controls: Mapping[str, Slider | Choice],
        *,
        pieces: int,
        still: int,
        size: tuple[float, float] = (8.0, 4.2),
    ) -> None:
        self._start, self._advance, self._draw = start, advance, draw
        self._pieces = pieces
        self._shown = Picture(size)
        self._task: asyncio.Task[None] | None = None
        self.controls = {name: control.widget() for name, control in controls.items()}
        self.picture, self.message = self._shown.image, self._shown.message
        self.train = ipywidgets.ToggleButton(description="Train", icon="play")
        self.restart = ipywidgets.Button(description="Restart", icon="refresh")
        self.run = self._fresh_run()
        self.done = 0
        for _ in range(still):
            self._one_piece()
        self._redraw()
        for control in self.controls.values():
            control.observe(self._begin_anew, names="value")
        self.train.observe(self._start_or_stop, names="value")
        self.restart.on_click(self._begin_anew)
        buttons = ipywidgets.HBox([self.train, self.restart])
        self._box = ipywidgets.VBox([*self.controls.values(), buttons, self.picture, self.message])

    def _fresh_run(self) -> Any:
        return self._start(**{name: control.value for name, control in self.controls.items()})

    def _one_piece(self) -> None:
        self._advance(self.run)
        self.done += 1

    def _redraw(self) -> None:
        self.picture.value = self._shown.png(lambda figure: self._draw(figure, self.run))
        self.message.value = f"{self.done} of {self._pieces} pieces of training done"

    def _begin_anew(self, _event: object) -> None:
        """A fresh run for the present values; if it was training, it goes on training."""
        try:
            self.run = self._fresh_run()
            self.done = 0
            self._redraw()
        except Exception as error:
            self._give_up(error)

    def _start_or_stop(self, _change: object) -> None:
        if not self.train.value:
            self.train.description, self.train.icon = "Train", "play"
            return
        self.train.description, self.train.icon = "Stop", "stop"
        other = LiveTraining._training
        if other is not None and other is not self:
            other.train.value = False  # two at a time would only slow each other down
        LiveTraining._training = self
        if self.done >= self._pieces:
            self._begin_anew(None)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._train())

    async def _train(self) -> None:
        try:
            while self.train.value and self.done < self._pieces:
                self._one_piece()
                self._redraw()
                await asyncio.sleep(PAUSE)
        except Exception as error:
            self._give_up(error)
        self.train.value = False

    def _give_up(self, error: Exception) -> None:
        self.train.value = False
        self._shown.complain("Training stopped", error)

    def show(self) -> None:
        """Show one output that is live where widgets run and a still picture where not."""
        self._shown.show(self._box, self.controls)


def watch(
    start: Callable[..., Any],
    advance: Callable[[Any], object],
    draw: Callable[..., None],
    *,
    pieces: int = 200,
    still: int = 60,
    size: tuple[float, float] = (8.0, 4.2),
    **controls: Any,
) -> None:
    """Show a training run that the learner starts, stops and restarts with other settings.

    Args:
        start: ``start(**values)`` returns a fresh run, any object, for the values of the controls;
            it seeds what is random, so that the still picture is the same every time.
        advance: ``advance(run)`` trains one piece of it; it should take 40 ms at most.
        draw: ``draw(figure, run)`` draws into an empty figure; it should take 60 ms at most.
        pieces: after so many pieces a run stops by itself.
        still: pieces done before the figure is shown for the first time.
        size: width and height of the figure in inches, at 100 dots per inch.
        **controls: a `Slider` or `Choice` for every keyword of `start`.
    """
    LiveTraining(start, advance, draw, controls, pieces=pieces, still=still, size=size).show()
