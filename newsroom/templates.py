import re

from django.template.loaders.filesystem import Loader

# Where a line ends and the next begins; the newline stays, as it may part two words.
INDENTATION = re.compile(r"\s*\n\s*")


class TrimmingLoader(Loader):
    """Load our own templates without their indentation, which is for us, and a quarter of a page's weight."""

    def get_contents(self, origin):
        return INDENTATION.sub("\n", super().get_contents(origin))
