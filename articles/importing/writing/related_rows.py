"""Writing the rows that belong to a story: topics, pictures and related coverage."""

from articles.documents.mapping import (
    COVERAGE_COLUMNS,
    IMAGE_COLUMNS,
    columns_of,
    images_by_key,
    links_by_key,
    provider_pair,
    related_by_key,
    related_identity,
    topic_names,
)
from articles.importing.merge import merge_lists, merge_sets
from articles.models import Image, RelatedLink, Topic, TopicAlias


def merge_topics(article, ours, base, theirs):
    """Bring a story's topics up to date with upstream's; return whether that changed them.

    `ours` are the names of the topics the story has, `base` and `theirs` those upstream gave and gives.
    """
    base, theirs = topic_names(base), topic_names(theirs)
    called = dict(TopicAlias.objects.filter(name__in={*base, *theirs}).values_list("name", "topic__name"))
    base, theirs = as_called_now(base, called), as_called_now(theirs, called)
    merged = merge_sets(base, ours, theirs)
    if merged == ours:
        return False
    links = article.topics.through.objects
    gone = [name for name in ours if name not in merged]
    if gone:
        links.filter(content_object=article, tag__name__in=gone).delete()
    for name in merged:
        if name not in ours:
            topic, _created = Topic.objects.answering_to(name)
            links.get_or_create(content_object=article, tag=topic)
    return True


def as_called_now(names, called):
    """Return upstream's names of topics as the desk has them: renamed and merged ones by their present names.

    `called` is {upstream's name: the present one, None of a topic that was deleted}; deleted ones are left out.
    """
    return list(dict.fromkeys(now for name in names if (now := called.get(name, name)) is not None))


def merge_images(owner, rows, base, theirs):
    """Bring pictures up to date; return (changed, whether desk and upstream differ).

    `owner` is {"article": …} or the like, `rows` its Images in order, `base` and `theirs` the format's lists.
    """
    rows = {image.url: image for image in rows}
    ours = {url: columns(image, IMAGE_COLUMNS) for url, image in rows.items()}
    merge = merge_lists(images_by_key(base), ours, images_by_key(theirs))
    if merge.changes_anything(ours):
        for url in merge.delete:
            rows[url].delete()
        created = []
        for position, url in enumerate(merge.order):
            if url in merge.create:
                created.append(Image(**owner, position=position, **merge.create[url]))
            else:
                save_changes(rows[url], {**merge.update.get(url, {}), "position": position})
        Image.objects.bulk_create(created)
    return merge.changes_anything(ours), bool(merge.conflicts)


def merge_related(article, links, base, theirs, providers):
    """Bring a story's related coverage up to date; return (changed, whether desk and upstream differ).

    `links` are its RelatedLinks in order with their images loaded, `base` and `theirs` the format's
    lists; `providers` maps a pair (domain, name) to a Provider.
    """
    base, theirs = related_by_key(base), related_by_key(theirs)
    rows = links_by_key(links)
    ours = {key: {**columns(link, COVERAGE_COLUMNS), "provider_id": link.provider_id} for key, link in rows.items()}
    merge = merge_lists(
        {key: related_columns(item, providers) for key, item in base.items()},
        ours,
        {key: related_columns(item, providers) for key, item in theirs.items()},
        pinned={key for key, link in rows.items() if link.is_hidden},
    )
    changed, differ = merge.changes_anything(ours), bool(merge.conflicts)
    if changed:
        for key in merge.delete:
            rows.pop(key).delete()
        for position, key in enumerate(merge.order):
            if key in merge.create:
                identity = related_identity(theirs[key])
                rows[key] = RelatedLink(article=article, position=position, identity=identity, **merge.create[key])
            else:
                save_changes(rows[key], {**merge.update.get(key, {}), "position": position})
        RelatedLink.objects.bulk_create([rows[key] for key in merge.create])
    for key in theirs.keys() & rows.keys():
        known = [] if key in merge.create else rows[key].images.all()
        before = base[key].get("images") if key in base else None
        images = merge_images({"related_link": rows[key]}, known, before, theirs[key].get("images"))
        changed, differ = changed or images[0], differ or images[1]
    return changed, differ


def related_columns(item, providers):
    pair = provider_pair(item)
    provider_id = providers[pair].pk if pair else None
    return {**columns_of(item, COVERAGE_COLUMNS), "provider_id": provider_id}


def columns(row, table):
    """Return {column: value} of a model's row, for the columns of `table`."""
    return {column: getattr(row, column) for column, _convert in table.values()}


def save_changes(row, changes):
    """Write those of `changes` that differ from the row; nothing is written when none does."""
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=list(changed))
