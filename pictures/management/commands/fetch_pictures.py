from typing import Any
from urllib.parse import unquote

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from articles.canonical_urls import identity_of
from articles.models import Article
from newsroom.interrupts import sigterm_as_interrupt
from pictures.console import download_with_bar, summary_lines
from pictures.planning import Selection
from pictures.storing import measure_shared_copies
from providers.models import Provider


class Command(BaseCommand):
    help = "Download and store the pictures of stories and the logos of providers, those of the front page first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--missing", action="store_true", help="what was never tried or is due again (the default)")
        parser.add_argument("--failed", action="store_true", help="what failed or was refused, at once")
        parser.add_argument(
            "--story", metavar="URL", help="all of one story, by its URL at the provider or on this site"
        )
        parser.add_argument("--provider", metavar="SLUG", help="only the stories and the logo of one provider")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many pictures")
        parser.add_argument("--no-progress", action="store_true", help="show no progress bar")

    def handle(self, *, limit: int | None, no_progress: bool, verbosity: int, **options: Any) -> None:
        if limit is not None and limit < 1:
            raise CommandError("--limit takes a number above 0", returncode=2)
        selection = selection_of(**{name: options[name] for name in ("missing", "failed", "story", "provider")})
        has_bar = bool(verbosity) and not no_progress and self.stderr.isatty()
        try:
            with sigterm_as_interrupt():
                measure_shared_copies()
                summary = download_with_bar(selection, self.stderr, has_bar=has_bar, limit=limit)
        except KeyboardInterrupt:
            message = "interrupted; what was stored stays, and running the command again continues it"
            raise CommandError(message, returncode=130) from None
        if verbosity:
            self.stdout.write("\n".join(summary_lines(summary)))
        if summary.has_failures:
            raise SystemExit(1)


def selection_of(*, missing: bool, failed: bool, story: str | None, provider: str | None) -> Selection:
    """Return the Selection that the options describe; raise CommandError for a story or provider that is not there."""
    # Of one story everything is tried, unless an option says otherwise.
    is_open = not missing and not failed
    missing, failed = missing or is_open, failed or (is_open and story is not None)
    if story is not None and provider is not None:
        raise CommandError("--story and --provider exclude each other", returncode=2)
    if provider is not None:
        key = Provider.objects.filter(slug=provider).values_list("pk", flat=True).first()
        if key is None:
            raise CommandError(f"there is no provider {provider}", returncode=2)
        return Selection(provider=key, missing=missing, failed=failed)
    if story is not None:
        stories = stories_at(story)
        if not stories.exists():
            raise CommandError(f"there is no story {story}", returncode=2)
        return Selection(stories=stories, missing=missing, failed=failed)
    return Selection(missing=missing, failed=failed)


def stories_at(url: str) -> QuerySet[Article]:
    """Return the story with a URL, at its provider or on this site."""
    try:
        identity = identity_of(url)
    except ValueError:
        identity = ""
    stories = Article.objects.identified_by(identity) if identity else Article.objects.none()
    if stories.exists():
        return stories
    slug = url.rstrip("/").rpartition("/")[2]
    same_slug = Article.objects.filter(slug=unquote(slug))
    return same_slug.filter(pk__in=[row.pk for row in same_slug if unquote(url).rstrip("/").endswith(path_of(row))])


def path_of(story: Article) -> str:
    """Return the path of a story's page without its last slash."""
    return unquote(story.get_absolute_url()).rstrip("/")
