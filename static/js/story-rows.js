// The rows of a story's page: dragged by unfold's handles, moved by Alt and an arrow; the first picture leads.
(() => {
  const form = document.getElementById("article_form");
  if (!form || !document.querySelector("[data-preview]")) {
    return;
  }

  // For story.js, which updates the preview and the draft.
  function reportChange() {
    form.dispatchEvent(new CustomEvent("story:rows"));
  }

  function renumber(table) {
    const rows = [...table.querySelectorAll("tbody.form-group:not(.empty-form)")];
    rows.forEach((row, place) => {
      const input = row.querySelector("input[name$='-position']");
      if (input) {
        input.value = place;
      }
    });
    // If the desk has chosen a lead, it is the first one. Otherwise size and shape decide.
    const lead = table.querySelector("tbody.form-group:not(.empty-form) [data-lead]:enabled");
    if (lead && table.querySelector("[data-lead]:checked")) {
      lead.checked = true;
    }
  }

  // SortableJS sends this before unfold has written the positions.
  form.addEventListener("end", (event) => {
    const table = event.target.closest("table");
    if (table) {
      renumber(table);
      reportChange();
    }
  });

  // A new row comes last.
  form.addEventListener("formset:added", (event) => renumber(event.target.closest("table")));

  // Removing an unsaved row: unfold would renumber the others by their place in the page, which is wrong after a
  // move, and drop typed values. So the row is hidden and posted as deleted.
  form.addEventListener(
    "click",
    (event) => {
      const row = event.target.closest(".delete-template") && event.target.closest("tbody.form-group");
      const prefix = row?.querySelector("[name]")?.name.match(/^.+-\d+(?=-)/);
      if (!prefix) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      const deletion = document.createElement("input");
      deletion.type = "hidden";
      deletion.name = `${prefix[0]}-DELETE`;
      deletion.value = "on";
      row.append(deletion);
      row.hidden = true;
      reportChange();
    },
    true,
  );

  form.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest("tbody.form-group");
    if (!step || !event.altKey || !row) {
      return;
    }
    const neighbour = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (neighbour?.matches("tbody.form-group:not(.empty-form)")) {
      event.preventDefault();
      neighbour[step < 0 ? "before" : "after"](row);
      event.target.focus();
      renumber(row.closest("table"));
      reportChange();
    }
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-lead]")) {
      const row = event.target.closest("tbody.form-group");
      row.parentElement.querySelector("tbody.form-group").before(row);
      renumber(row.closest("table"));
      reportChange();
    }
  });
})();
