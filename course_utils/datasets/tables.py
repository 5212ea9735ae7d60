"""The shipped tables, as pandas data frames with typed columns."""

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from course_utils.datasets.files import DatasetError, read_verified

if TYPE_CHECKING:
    import pandas as pd


def cars() -> "pd.DataFrame":
    """Return 406 cars of the model years 1970–82, in the order as stored.

    Columns: `name` (text), `miles_per_gallon` (float, US gallons; NaN for 8 cars), `cylinders`
    (int), `displacement` (float, cubic inches), `horsepower` (float; NaN for 6 cars),
    `weight_in_lbs` (float, pounds), `acceleration` (float, seconds from 0 to 60 mph), `year`
    (int; cars of 1981 are stored as 1982), `origin` (category: Europe, Japan, USA).
    Licence, origin and known slips: the card in `data/README.md`.

    Raises:
        DatasetError: the file is missing, unreadable, damaged or changed.
    """
    table = _read_table(
        "cars.csv",
        {
            "name": "str",
            "miles_per_gallon": "float64",
            "cylinders": "int64",
            "displacement": "float64",
            "horsepower": "float64",
            "weight_in_lbs": "float64",
            "acceleration": "float64",
            "year": "str",
            "origin": "category",
        },
    )
    # Stored as the first of January of the model year.
    table["year"] = table["year"].str[:4].astype("int64")
    return table


def temperatures() -> "pd.DataFrame":
    """Return the normal temperature in Seattle for 8,759 hours of one year, in time order.

    One column, `temperature_fahrenheit` (float, °F); the index `date` is a datetime in local
    standard time with the nominal year 2010. The hour 2010-03-14 03:00 is missing.
    Public domain; origin: the card in `data/README.md`.

    Raises:
        DatasetError: the file is missing, unreadable, damaged or changed.
    """
    import pandas as pd

    table = _read_table("seattle_temperatures.csv", {"date": "str", "temp": "float64"})
    table["date"] = pd.to_datetime(table["date"], format="%Y/%m/%d %H:%M")
    return table.set_index("date").rename(columns={"temp": "temperature_fahrenheit"})


def surnames() -> "pd.DataFrame":
    """Return 20,372 surnames in 17 languages, in the order as stored.

    Columns: `surname` (text, not empty, Unicode NFC), `language` (category, names of the
    languages in alphabetical order; `.cat.codes` are class numbers). No name occurs twice in one
    language, 553 names occur in several. MIT licence; origin and limits: the card in
    `data/README.md`.

    Raises:
        DatasetError: the file is missing, unreadable, damaged or changed.
    """
    return _read_table("surnames.csv", {"surname": "str", "language": "category"})


def _read_table(name: str, types: Mapping[str, Any]) -> "pd.DataFrame":
    import pandas as pd

    content = read_verified(name)
    try:
        # Only an empty cell is missing: "NA" or "Null" may be somebody's name.
        return pd.read_csv(
            BytesIO(content),
            usecols=list(types),
            dtype=dict(types),
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8",
        )
    except ValueError as error:
        raise DatasetError(
            f"Expected {name} to be a table with the columns {', '.join(types)}, got one that "
            f"pandas cannot read as such ({type(error).__name__}); restore it from a fresh copy of "
            "the course."
        ) from error
