"""Which tables and columns a plan of migrations changes, of those that triggers and the full-text index name."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.core.exceptions import FieldDoesNotExist
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import StateApps
from django.db.models import Field

# The migrations that Django is about to run, each with whether it runs backwards.
Plan = Sequence[tuple[Migration, bool]]
# (table, column); None for the column means the whole table.
ChangedColumn = tuple[str, str | None]

# What an operation can change other than one column: the table itself, which SQLite recreates; or anything.
TABLE = ""
ANYTHING: ChangedColumn = ("", None)
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
CONSTRAINTS = (operations.AddConstraint, operations.RemoveConstraint)
CONSTRAINTS_TOGETHER = (operations.AlterUniqueTogether, operations.AlterIndexTogether)
APPS = ("articles", "providers")


def changed_columns(plan: Plan, apps: StateApps, tables: Collection[str]) -> set[ChangedColumn]:
    """Return the set of (table, column) that a plan, [(migration, is backwards)], changes, or ANYTHING.

    `apps` are the models before the plan; `tables` those that RunSQL is searched for. A column None means the whole
    table, TABLE its constraints only. If in doubt, it returns too much rather than too little.
    """
    changed: set[ChangedColumn] = set()
    for migration, is_backwards in plan:
        if migration.app_label in APPS:
            for operation in database_operations(migration.operations):
                changed |= set(changed_by(operation, migration.app_label, is_backwards, apps, tables))
    return changed


def database_operations(migration_operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield operations, with those of a SeparateDatabaseAndState that change the database in its place."""
    for operation in migration_operations:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from database_operations(operation.database_operations)
        else:
            yield operation


def changed_by(
    operation: Operation, app_label: str, is_backwards: bool, apps: StateApps, tables: Collection[str]
) -> Iterator[ChangedColumn]:
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
        yield table_of(apps, app_label, operation.model_name), TABLE
    elif isinstance(operation, CONSTRAINTS_TOGETHER):
        yield table_of(apps, app_label, operation.name), TABLE
    elif isinstance(operation, operations.RenameField):
        table = table_of(apps, app_label, operation.model_name)
        yield from ((table, operation.old_name), (table, operation.new_name))
    elif isinstance(operation, operations.AddField | operations.RemoveField | operations.AlterField):
        if is_backwards or not keeps_storage(operation, app_label, apps):
            is_key = getattr(getattr(operation, "field", None), "primary_key", False)
            yield ANYTHING if is_key else (table_of(apps, app_label, operation.model_name), operation.name)
    else:
        yield ANYTHING


def table_of(apps: StateApps, app_label: str, model_name: str) -> str:
    try:
        return apps.get_model(app_label, model_name)._meta.db_table
    except LookupError:
        return f"{app_label}_{model_name.lower()}"


def keeps_storage(operation: Operation, app_label: str, apps: StateApps) -> bool:
    """Return whether an AlterField leaves the column as it is stored, because it only changes texts or validators."""
    if not isinstance(operation, operations.AlterField):
        return False
    try:
        field = apps.get_model(app_label, operation.model_name)._meta.get_field(operation.name)
    except (LookupError, FieldDoesNotExist):
        # The same plan adds the model or the field.
        return False
    return storage_of(field) == storage_of(operation.field)


def storage_of(field: Field) -> tuple[str, Sequence[object], dict[str, object]]:
    _name, path, arguments, options = field.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name not in field.non_db_attrs}
