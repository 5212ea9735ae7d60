"""The course's data sets: tensors and typed tables from files, a package and downloads.

Every data set has a card in `data/README.md`: who made it, licence, size, limits, citation.
Importing this package loads nothing heavier than torch.
"""

from course_utils.datasets.cifar import cifar10, cifar100
from course_utils.datasets.files import DatasetError
from course_utils.datasets.images import ImageSet, fashion_mnist, mnist
from course_utils.datasets.solar import SolarCells, solar_cells
from course_utils.datasets.tables import cars, surnames, temperatures
from course_utils.datasets.unpack import torchvision_root

__all__ = [
    "DatasetError",
    "ImageSet",
    "SolarCells",
    "cars",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "mnist",
    "solar_cells",
    "surnames",
    "temperatures",
    "torchvision_root",
]
