"""The rows of a story's page, read and written together, with the same number of queries however many there are."""

from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import PaginationInlineFormSet

from desk.stories.unchanged_values import restore_unchanged


class RowForm(forms.ModelForm):
    """The form of a row; `clashes` are {prefix: {field: message}} about what others changed in the meantime."""

    def __init__(self, *args, clashes=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.clashes = dict(clashes).get(self.prefix, {})
        for field in self.fields.values():
            # The heading of a column does not label the input.
            field.widget.attrs["aria-label"] = field.label

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        restore_unchanged(self.instance, cleaned)
        for name, message in self.clashes.items():
            self.add_error(name, message)
        return cleaned


class RowField(forms.ModelChoiceField):
    """The key of a row, looked up among the rows that the formset has loaded."""

    def __init__(self, rows, **kwargs):
        super().__init__(**kwargs)
        self.rows = rows

    def to_python(self, value):
        if value in self.empty_values:
            return None
        row = self.rows.get(str(getattr(value, "pk", value)))
        if row is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return row


class RowFormSet(PaginationInlineFormSet):
    """The forms of a story's rows. The stock formset looks each row up again by its key."""

    @cached_property
    def rows_by_key(self):
        return {str(row.pk): row for row in self.get_queryset()}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        name = self.model._meta.pk.name
        stock = form.fields[name]
        if self.is_bound and isinstance(stock, forms.ModelChoiceField):
            form.fields[name] = RowField(
                self.rows_by_key,
                queryset=stock.queryset,
                initial=stock.initial,
                required=stock.required,
                widget=stock.widget,
            )


def save_rows(formset, derive=None, unchanged_columns=()):
    """Write the new, changed and deleted rows of a valid formset, in a few queries.

    `derive` is called with the rows before they are written, to fill in what their forms do not have. Of changed rows,
    `unchanged_columns` are not written.
    """
    rows = formset.save(commit=False)
    if derive is not None:
        derive(rows)
    manager = formset.model._default_manager
    if formset.deleted_objects:
        manager.filter(pk__in=[row.pk for row in formset.deleted_objects]).delete()
    changed = [row for row in rows if row.pk is not None]
    if changed:
        fields = manager.model._meta.concrete_fields
        columns = [field.name for field in fields if not field.primary_key and field.attname not in unchanged_columns]
        manager.bulk_update(changed, columns)
    manager.bulk_create([row for row in rows if row.pk is None])
    formset.save_m2m()
