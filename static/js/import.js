// Imports at the desk: the names of the files that were chosen, and a bar that moves. Both pages do without.
(() => {
  const second = 1000;
  const shownFiles = 12;

  function inWords(bytes) {
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
      ...files.slice(0, shownFiles).map((file) => asItem(`${file.name} · ${inWords(file.size)}`)),
      ...(files.length > shownFiles ? [asItem(`… ${files.length} · ${inWords(size)}`)] : []),
    );
  }

  function prepareUpload(form) {
    const input = form.querySelector("input[type=file]");
    const zone = input.parentElement;
    // unfold would write the name into a text field of its own widget, which this is not.
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

  function show(area, told) {
    const bar = area.querySelector("progress");
    if (told.max) {
      bar.max = told.max;
      bar.value = told.value;
    } else {
      bar.removeAttribute("value");
    }
    const text = area.querySelector("[role=status]");
    // A screen reader says what is written anew, so only what has changed is.
    if (text.textContent !== told.text) {
      text.textContent = told.text;
    }
  }

  async function follow(area) {
    try {
      const answer = await fetch(area.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        // Signed out, say: the page itself knows what to tell.
        location.reload();
        return;
      }
      const told = await answer.json();
      if (told.over) {
        // Without ?undoing, as by now the import says itself what became of it; the way back to a list stays.
        const page = new URL(location.href);
        page.searchParams.delete("undoing");
        location.replace(page);
        return;
      }
      show(area, told);
    } catch {
      // The network is away for a moment; the import is not.
    }
    setTimeout(follow, second, area);
  }

  document.querySelectorAll("form[data-upload]").forEach(prepareUpload);
  document.querySelectorAll("[data-progress]").forEach((area) => setTimeout(follow, second, area));
})();
