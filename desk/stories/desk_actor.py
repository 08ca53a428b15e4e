"""Who acts in a request at the desk."""

from articles.choices import Origin
from articles.workflow import Actor


def desk_actor(request):
    """Return the Actor of a request: its user, acting through the admin."""
    return Actor(Origin.ADMIN, request.user)
