"""The course's own small library: what the notebooks have built, ready to be used again.

Every helper was first built in a notebook, before the reader's eyes; its docstring says in which.
Importing this package imports none of its modules: import what you need, for example
`from course_utils.datasets import fashion_mnist`.
"""

__version__ = "0.1.0"
