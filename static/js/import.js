// Imports at the desk: the names of the chosen files, and the progress bar. Both pages work without.
(() => {
  const second = 1000;
  const shownFiles = 12;

  function formatSize(bytes) {
    const units = ["B", "KB", "MB", "GB"];
    const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
    return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
  }

  function asItem(text) {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }

  function listFiles(input, list) {
    const files = [...input.files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(size > Number(input.dataset.largest) ? input.dataset.tooLarge : "");
    list.replaceChildren(
      ...files.slice(0, shownFiles).map((file) => asItem(`${file.name} · ${formatSize(file.size)}`)),
      ...(files.length > shownFiles ? [asItem(`… ${files.length} · ${formatSize(size)}`)] : []),
    );
  }

  function prepareUpload(form) {
    const input = form.querySelector("input[type=file]");
    const zone = input.parentElement;
    // Else unfold would write the name into a text field that only its own widget has.
    input.hasChangeListener = true;
    input.addEventListener("change", () => listFiles(input, form.querySelector("[data-files]")));
    for (const name of ["dragenter", "dragover"]) {
      input.addEventListener(name, () => zone.classList.add("desk-drop-over"));
    }
    for (const name of ["dragleave", "drop"]) {
      input.addEventListener(name, () => zone.classList.remove("desk-drop-over"));
    }
    form.addEventListener("submit", () => {
      form.querySelector("[data-sending]").hidden = false;
    });
  }

  function show(area, progress) {
    const bar = area.querySelector("progress");
    if (progress.max) {
      bar.max = progress.max;
      bar.value = progress.value;
    } else {
      bar.removeAttribute("value");
    }
    const text = area.querySelector("[role=status]");
    // A screen reader reads it whenever it is set.
    if (text.textContent !== progress.text) {
      text.textContent = progress.text;
    }
  }

  async function follow(area) {
    try {
      const response = await fetch(area.dataset.progress, { headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) {
        // For example signed out: the page itself says so.
        location.reload();
        return;
      }
      const progress = await response.json();
      if (progress.over) {
        // Without ?undoing, as the import has its results by now; the parameters of the list stay.
        const page = new URL(location.href);
        page.searchParams.delete("undoing");
        location.replace(page);
        return;
      }
      show(area, progress);
    } catch {
      // Network error: the import goes on, and so does polling.
    }
    setTimeout(follow, second, area);
  }

  document.querySelectorAll("form[data-upload]").forEach(prepareUpload);
  document.querySelectorAll("[data-progress]").forEach((area) => setTimeout(follow, second, area));
})();
