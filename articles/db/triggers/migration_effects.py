"""What the operations of a plan of migrations change in the tables that triggers and the full-text index name."""

from django.db.migrations import operations

# What an operation can change that is not one column: the table as such, which SQLite makes again; or anything.
TABLE, ANYTHING = "", ("", None)
# These change no table that is there.
HARMLESS = (
    operations.CreateModel,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.RenameIndex,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterModelTableComment,
    operations.RunPython,
)
CONSTRAINTS = (
    operations.AddConstraint,
    operations.RemoveConstraint,
    operations.AlterUniqueTogether,
    operations.AlterIndexTogether,
)
APPS = ("articles", "providers")


def touched_by(plan, apps, tables):
    """Return the set of (table, column) that a plan, [(migration, whether backwards)], changes, or ANYTHING.

    `apps` are the models as they are before it, `tables` those of which one wants to know. A column None stands for
    all of a table, TABLE for its constraints alone. Where it cannot be told, more is returned rather than less.
    """
    touched = set()
    for migration, is_backwards in plan:
        if migration.app_label in APPS:
            for operation in flat(migration.operations):
                touched |= set(touched_by_one(operation, migration.app_label, is_backwards, apps, tables))
    return touched


def flat(listed):
    """Yield operations, those of a SeparateDatabaseAndState that change the database in its place."""
    for operation in listed:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def touched_by_one(operation, app_label, is_backwards, apps, tables):
    if isinstance(operation, operations.RunSQL):
        text = f"{operation.sql} {operation.reverse_sql}"
        yield from ((table, None) for table in tables if table in text)
    elif isinstance(operation, operations.CreateModel | operations.DeleteModel):
        if is_backwards is isinstance(operation, operations.CreateModel):
            yield table_of(apps, app_label, operation.name), None
    elif isinstance(operation, HARMLESS):
        return
    elif isinstance(operation, CONSTRAINTS):
        yield table_of(apps, app_label, getattr(operation, "model_name", None) or operation.name), TABLE
    elif isinstance(operation, operations.RenameField):
        table = table_of(apps, app_label, operation.model_name)
        yield from ((table, operation.old_name), (table, operation.new_name))
    elif isinstance(operation, operations.AddField | operations.RemoveField | operations.AlterField):
        if is_backwards or not is_stored_alike(operation, app_label, apps):
            is_key = getattr(getattr(operation, "field", None), "primary_key", False)
            yield ANYTHING if is_key else (table_of(apps, app_label, operation.model_name), operation.name)
    else:
        yield ANYTHING


def table_of(apps, app_label, model_name):
    try:
        return apps.get_model(app_label, model_name)._meta.db_table
    except LookupError:
        return f"{app_label}_{model_name.lower()}"


def is_stored_alike(operation, app_label, apps):
    """Whether an AlterField changes nothing of how the column is stored, but texts and validators, say."""
    if not isinstance(operation, operations.AlterField):
        return False
    try:
        before = apps.get_model(app_label, operation.model_name)._meta.get_field(operation.name)
    except LookupError:
        return False
    return stored_as(before) == stored_as(operation.field)


def stored_as(field):
    _name, path, arguments, options = field.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name not in field.non_db_attrs}
