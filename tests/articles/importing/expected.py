"""Expected results of imports."""

from articles.models import Article, Image, RelatedLink, Topic, UpstreamDocument
from providers.models import Provider
from tests.conftest import ROOT

SEED = ROOT / "fixtures" / "seed" / "000_a1d6dde27135930d.txt"
NO_COUNTS = dict.fromkeys(
    ("created", "updated", "unchanged", "conflict", "duplicate", "rejected", "held", "skipped"), 0
)


def only(report):
    (outcome,) = report.outcomes
    return outcome


def snapshot():
    """Return every row that the importer writes, with every column."""
    models = (Article, UpstreamDocument, Image, RelatedLink, Topic, Provider)
    return {model: list(model.objects.order_by("pk").values()) for model in models}
