"""The one error type of the recipe: its message names the cause and the cure and is shown without a traceback."""


class TrainingError(Exception):
    pass
