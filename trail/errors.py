"""What goes wrong with a trail, for people."""


class TrailError(Exception):
    """The trail cannot be written as asked; one sentence says what, where and why. It costs the trail, not the node."""
