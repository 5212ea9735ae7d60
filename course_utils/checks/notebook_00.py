"""Exercises of notebook 00: counting numbers, saying shapes, moving axes."""

import torch

from course_utils.checks.engine import Exercise, Mistake

_SHAPES: dict[str, tuple[int, ...]] = {
    "cars": (50, 2),
    "weeks": (4, 168, 2),
    "photos": (16, 3, 32, 48),
    "clips": (5, 20, 3, 32, 48),
}

_PICTURES = torch.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
_SQUARE_PICTURES = torch.arange(2 * 3 * 3 * 3).reshape(2, 3, 3, 3)


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        key="00.count_numbers",
        answer=lambda samples, channels, height, width: samples * channels * height * width,
        praise="`count_numbers` is right, for one picture as for sixty thousand.",
        cases=((2, 3, 4, 5), (64, 3, 32, 48), (1, 1, 28, 28), (60_000, 1, 28, 28)),
        mistakes=(
            Mistake(
                "added",
                lambda samples, channels, height, width: samples + channels + height + width,
                "you add the four lengths: {call} gave {got}, expected {expected}. A chocolate bar "
                "of 4 rows and 5 columns has more than 9 pieces; how do you count those?",
            ),
            Mistake(
                "one picture",
                lambda samples, channels, height, width: channels * height * width,
                "that is one picture alone: {call} gave {got}, expected {expected}. How many "
                "pictures are in the stack?",
            ),
            Mistake(
                "one channel",
                lambda samples, channels, height, width: samples * height * width,
                "that counts the pixels: {call} gave {got}, expected {expected}. How many numbers "
                "does a single pixel have?",
            ),
            Mistake(
                "square picture",
                lambda samples, channels, height, width: samples * channels * height * height,
                "your pictures are all square: {call} gave {got}, expected {expected}. Which of "
                "the four lengths is not used?",
            ),
        ),
    ),
    Exercise(
        key="00.shapes",
        answer=_SHAPES,
        praise="`shapes` is right: samples first, then what describes one sample.",
        mistakes=(
            Mistake(
                "channels last",
                _SHAPES | {"photos": (16, 32, 48, 3), "clips": (5, 20, 32, 48, 3)},
                "your photos and clips have their channels at the end, as cameras and matplotlib "
                "like it. Where does PyTorch want them?",
            ),
            Mistake(
                "width before height",
                _SHAPES | {"photos": (16, 3, 48, 32), "clips": (5, 20, 3, 48, 32)},
                "your photos lie on their side. People say 48 × 32 for a screen; a tensor counts "
                "rows before columns. Which of the two lengths counts rows?",
            ),
            Mistake(
                "one of them channels last",
                _SHAPES | {"photos": (16, 32, 48, 3)},
                "your photos have their channels at the end, your clips not. PyTorch wants the "
                "same order in both.",
            ),
            Mistake(
                "no channels",
                _SHAPES | {"photos": (16, 32, 48), "clips": (5, 20, 32, 48)},
                "your photos and clips are grey. How many numbers does one coloured pixel have, "
                "and on which axis do they go?",
            ),
            Mistake(
                "days as samples",
                _SHAPES | {"weeks": (28, 24, 2)},
                "in your weeks a sample is one day: 28 of them with 24 hours. The exercise wants "
                "whole weeks as samples. How many hours has each?",
            ),
            Mistake(
                "days on an axis",
                _SHAPES | {"weeks": (4, 7, 24, 2)},
                "your weeks have an axis for the days and one for the hours of a day. A time "
                "series has a single axis of timesteps; how many hours does it run through?",
            ),
            Mistake(
                "features before samples",
                _SHAPES | {"cars": (2, 50)},
                "your cars are a table on its side: 2 samples with 50 features each. Which of the "
                "two numbers counts the cars?",
            ),
            Mistake(
                "features before timesteps",
                _SHAPES | {"weeks": (4, 2, 168)},
                "in your weeks the two features come before the timesteps. Time series are "
                "(samples, timesteps, features).",
            ),
            Mistake(
                "channels before frames",
                _SHAPES | {"clips": (5, 3, 20, 32, 48)},
                "in your clips the channels come before the frames. Think of a clip as a row of "
                "photos, and of each photo as in your own answer for photos.",
            ),
        ),
    ),
    Exercise(
        key="00.channels_first",
        answer=lambda pictures: pictures.permute(0, 3, 1, 2),
        praise="`channels_first` is right: every number has kept its meaning.",
        cases=((_PICTURES,), (_SQUARE_PICTURES,)),
        mistakes=(
            Mistake(
                "folded anew",
                lambda pictures: pictures.reshape(
                    pictures.shape[0], pictures.shape[3], pictures.shape[1], pictures.shape[2]
                ),
                "the shape is right and the pictures are ruined, like the nine shirts. Folding "
                "the numbers anew does not know what an axis means; which command moves axes?",
            ),
            Mistake(
                "on their side",
                lambda pictures: pictures.permute(0, 3, 2, 1),
                "the channels are in place, but height and width have changed places: the "
                "pictures lie on their side. In which order did 1 and 2 stand before?",
            ),
            Mistake(
                "the other way",
                lambda pictures: pictures.permute(0, 2, 3, 1),
                "the height has gone to the end, as if the channels had come first to begin with. "
                "`permute` wants the old number of each new axis; the channels are old axis 3.",
            ),
            Mistake(
                "samples moved",
                lambda pictures: pictures.permute(3, 0, 1, 2),
                "the channels stand before the samples now. The samples stay the first axis; who "
                "comes second?",
            ),
            Mistake(
                "first picture only",
                lambda pictures: pictures[0].permute(2, 0, 1),
                "one picture came back where a batch went in. The axis of the samples has number "
                "0 and should still be there.",
            ),
        ),
    ),
)
