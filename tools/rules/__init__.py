"""What a lesson must be like: one module for each part, one function for each few rules.

A rule is a function that takes a `Lesson` and yields a `Problem` for each fault. It looks only at
what it is given: nothing is run, nothing is fetched.
"""
