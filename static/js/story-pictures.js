// The pictures of a story: uploads with progress, and smaller copies. The form also works without.
(() => {
  const form = document.getElementById("article_form");
  const area = document.querySelector("[data-pictures]");
  if (!form || !area) {
    return;
  }
  const texts = area.dataset;

  function notifyChange(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Uploads ------------------------------------------------------------------------------------
  const list = area.querySelector("[data-uploads]");
  const waitLine = area.querySelector("[data-upload-wait]");
  const field = document.querySelector("#id_new_pictures");
  let underWay = 0;

  function addLine(file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const result = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    name.dir = "auto";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${texts.uploading}: ${file.name}`);
    line.append(name, bar, result);
    list.append(line);
    return {
      progress(share) {
        bar.value = share;
        if (share === 1 && !result.textContent) {
          result.textContent = texts.processing;
        }
      },
      end(text, isRefused) {
        bar.remove();
        line.classList.toggle("desk-upload-refused", isRefused);
        name.hidden = isRefused;
        result.textContent = text;
      },
    };
  }

  function send(file, line) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const body = new FormData();
      body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      body.append("file", file);
      request.upload.addEventListener("progress", (event) => line.progress(event.loaded / event.total));
      request.addEventListener("load", () => {
        try {
          resolve(JSON.parse(request.responseText));
        } catch {
          // Signed out, or a proxy refused it.
          reject(new Error(`${request.status}`));
        }
      });
      request.addEventListener("error", () => reject(new Error("network")));
      request.open("POST", texts.uploadUrl);
      request.send(body);
    });
  }

  // Upload a file and call `use` with what was stored. Nothing else in the form changes.
  async function upload(file, use, doneText) {
    const line = addLine(file);
    if (file.size > Number(texts.mostBytes)) {
      line.end(`${file.name}: ${texts.tooLarge}`, true);
      return;
    }
    underWay += 1;
    try {
      // The session may have a new token by now.
      const state = await window.deskSession.refresh();
      const answer = state === "ours" ? await send(file, line) : { error: `${file.name}: ${texts.failed}` };
      if (answer.error) {
        line.end(answer.error, true);
      } else {
        use(answer);
        line.end(doneText, false);
      }
    } catch {
      line.end(`${file.name}: ${texts.failed}`, true);
      window.deskSession.refresh();
    } finally {
      underWay -= 1;
      waitLine.hidden = true;
    }
  }

  async function uploadNew(files) {
    list.replaceChildren();
    if (files.length > Number(texts.mostFiles)) {
      addLine(files[0]).end(texts.tooMany, true);
      return;
    }
    // One after the other, so that they keep this order, and decoding takes the server a while.
    for (const file of files) {
      await upload(file, (answer) => showUpload(addRow(), answer), texts.uploaded);
    }
  }

  function addRow() {
    area.querySelector(".add-row").click();
    const rows = area.querySelectorAll("tbody.form-group:not(.empty-form)");
    return rows[rows.length - 1];
  }

  // A new row leads by the digest of its file, a saved one by its key.
  function offerLead(row, digest) {
    const lead = row.querySelector("[data-lead]");
    if (lead) {
      if (!row.classList.contains("original")) {
        lead.value = `${texts.leadPrefix}${digest}`;
      }
      lead.disabled = false;
      row.querySelector("[data-lead-label]").hidden = false;
    }
  }

  // The file is gone: another picture leads.
  function withdrawLead(row) {
    const lead = row.querySelector("[data-lead]");
    if (lead && !row.classList.contains("original")) {
      if (lead.checked) {
        area.querySelector("[data-automatic]").checked = true;
      }
      lead.disabled = true;
      row.querySelector("[data-lead-label]").hidden = true;
    }
  }

  // Show a stored file in its row; the form is not changed.
  function display(row, answer) {
    const thumbnail = row.querySelector("[data-thumbnail]");
    row.dataset.shown = answer.digest;
    thumbnail.src = answer.thumbnail;
    thumbnail.hidden = false;
    row.querySelector("[data-no-thumbnail]").hidden = true;
    const state = document.createElement("strong");
    state.textContent = texts.uploadedState;
    row.querySelector("[data-state]").replaceChildren(state, answer.size);
    for (const picture of row.querySelectorAll("[data-picture-source], [data-crop]")) {
      picture.src = answer.picture;
    }
    row.querySelector("[data-focal]").hidden = false;
    row.querySelector("[data-no-alt]").hidden = false;
    offerLead(row, answer.digest);
    for (const details of row.querySelectorAll("details:not([data-focal])")) {
      details.open = false;
    }
  }

  function showUpload(row, answer) {
    const digest = row.querySelector("input[name$='-upload']");
    display(row, answer);
    row.querySelector("input[name$='-url']").value = "";
    digest.value = answer.digest;
    // Another picture has another focal point.
    for (const input of row.querySelectorAll("input[name*='-focal_']")) {
      input.value = "";
      notifyChange(input);
    }
    notifyChange(digest);
  }

  // A restored draft names its uploads by their digests.
  area.addEventListener("change", async (event) => {
    const row = event.target.name?.endsWith("-upload") && event.target.closest("tbody.form-group");
    if (row && event.target.value && row.dataset.shown !== event.target.value) {
      // At once: the draft may have chosen it as the lead.
      offerLead(row, event.target.value);
      const response = await fetch(`${texts.uploadUrl}?digest=${encodeURIComponent(event.target.value)}`);
      if (response.ok && !response.redirected) {
        display(row, await response.json());
      } else {
        withdrawLead(row);
      }
    }
  });

  function take(input) {
    const files = [...input.files];
    // The files are sent by themselves, not with the form.
    input.value = "";
    return files;
  }

  area.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.files.length) {
      return;
    }
    event.stopPropagation();
    const row = input.closest("tbody.form-group");
    if (row) {
      upload(take(input)[0], (answer) => showUpload(row, answer), texts.replaced);
    } else {
      uploadNew(take(input));
    }
  });

  // unfold would write the name of a file into a text field that only its own widget has.
  function claimInputs() {
    for (const input of area.querySelectorAll("input[type=file]")) {
      input.hasChangeListener = true;
    }
  }
  claimInputs();
  form.addEventListener("formset:added", claimInputs);
  new MutationObserver(claimInputs).observe(area, { childList: true, subtree: true });

  // A file dropped beside the field would replace the page, and what was typed with it.
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (hasFiles(event) && !event.target.matches?.("input[type=file]")) {
        event.preventDefault();
      }
    });
  }
  if (field) {
    const zone = field.parentElement;
    area.addEventListener("dragover", (event) => zone.classList.toggle("desk-drop-over", hasFiles(event)));
    for (const name of ["dragleave", "drop"]) {
      area.addEventListener(name, () => zone.classList.remove("desk-drop-over"));
    }
    area.addEventListener("drop", (event) => {
      if (hasFiles(event) && !event.target.matches("input[type=file]")) {
        uploadNew([...event.dataTransfer.files]);
      }
    });
  }

  form.addEventListener(
    "submit",
    (event) => {
      if (underWay) {
        event.preventDefault();
        event.stopPropagation();
        waitLine.textContent = texts.wait;
        waitLine.hidden = false;
        waitLine.scrollIntoView({ block: "center" });
      }
    },
    true,
  );

  // Smaller copies of another picture -----------------------------------------------------------
  for (const button of area.querySelectorAll("[data-remove-copy]")) {
    button.hidden = false;
  }
  area.addEventListener("click", (event) => {
    if (event.target.closest("[data-remove-copy]")) {
      const box = event.target.closest("tbody.form-group").querySelector("input[name$='-DELETE']");
      box.checked = true;
      notifyChange(box);
    }
  });
})();
