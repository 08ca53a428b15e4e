"""Which tables and columns a plan of migrations changes, of those that triggers and the full-text index name."""

from django.db.migrations import operations

# What an operation can change beside one column: the table itself, which SQLite recreates; or anything.
TABLE, ANYTHING = "", ("", None)
# These change no existing table.
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


def changed_columns(plan, apps, tables):
    """Return the set of (table, column) that a plan, [(migration, is backwards)], changes, or ANYTHING.

    `apps` are the models before the plan; `tables` those that RunSQL is searched for. A column None means the whole
    table, TABLE its constraints only. In doubt, too much is returned rather than too little.
    """
    changed = set()
    for migration, is_backwards in plan:
        if migration.app_label in APPS:
            for operation in database_operations(migration.operations):
                changed |= set(changed_by(operation, migration.app_label, is_backwards, apps, tables))
    return changed


def database_operations(migration_operations):
    """Yield operations, with those of a SeparateDatabaseAndState that change the database in its place."""
    for operation in migration_operations:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from database_operations(operation.database_operations)
        else:
            yield operation


def changed_by(operation, app_label, is_backwards, apps, tables):
    """Yield the (table, column) that one operation changes."""
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
        if is_backwards or not keeps_storage(operation, app_label, apps):
            is_key = getattr(getattr(operation, "field", None), "primary_key", False)
            yield ANYTHING if is_key else (table_of(apps, app_label, operation.model_name), operation.name)
    else:
        yield ANYTHING


def table_of(apps, app_label, model_name):
    try:
        return apps.get_model(app_label, model_name)._meta.db_table
    except LookupError:
        return f"{app_label}_{model_name.lower()}"


def keeps_storage(operation, app_label, apps):
    """Return whether an AlterField leaves the column as it is stored, because it only changes texts or validators."""
    if not isinstance(operation, operations.AlterField):
        return False
    try:
        field = apps.get_model(app_label, operation.model_name)._meta.get_field(operation.name)
    except LookupError:
        return False
    return storage_of(field) == storage_of(operation.field)


def storage_of(field):
    _name, path, arguments, options = field.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name not in field.non_db_attrs}
