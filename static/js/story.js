// The page of a story: preview, who else has it open, values put back, rows moved by keyboard, and drafts.
(() => {
  const form = document.getElementById("article_form");
  const aside = document.querySelector("[data-preview]");
  if (!form || !aside) {
    return;
  }
  const { refresh, say, prefix, signedOutKey } = window.deskSession;
  // It changes when somebody signs in again.
  const token = () => form.elements.csrfmiddlewaretoken.value;
  const previewDelay = 700;
  const heartbeat = 20_000;
  const draftKey = `${prefix}${aside.dataset.user}:${aside.dataset.story}`;

  // What was typed, as pairs; without what belongs to this page only.
  function typed() {
    return [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  }

  const shownFirst = JSON.stringify(typed());

  // More than a request may hold is said before it is sent, where all that was typed still stands.
  const tooLarge = document.querySelector("[data-too-large]");
  const mostBytes = Number(aside.dataset.mostBytes) || Infinity;

  function isTooLarge() {
    const bytes = new Blob(typed().map(([name, value]) => `${name}=${value}&`)).size;
    tooLarge.hidden = bytes < mostBytes;
    return !tooLarge.hidden;
  }

  form.addEventListener("submit", (event) => {
    if (isTooLarge()) {
      event.preventDefault();
      event.stopPropagation();
      tooLarge.scrollIntoView({ block: "center" });
    }
  }, true);

  async function post(url, body, isSecond = false) {
    body.set("csrfmiddlewaretoken", token());
    let answer;
    try {
      answer = await fetch(url, { method: "POST", body });
    } catch (error) {
      say("offline");
      throw error;
    }
    const isOurs = answer.ok && !answer.redirected && answer.headers.get("content-type").includes("json");
    // Who signs in again gets another token, and with it the same answer.
    if (!isOurs && !isSecond && (await refresh()) === "ours") {
      return post(url, body, true);
    }
    if (!isOurs) {
      throw new Error(`${answer.status}`);
    }
    isSignedOut = false;
    say("ours");
    return answer.json();
  }

  // The preview -------------------------------------------------------------------------------
  const card = aside.querySelector(".desk-preview-card");
  const page = aside.querySelector(".desk-preview-page");
  const status = aside.querySelector("[data-preview-status]");
  let drawing = 0;

  async function draw() {
    if (isTooLarge()) {
      return;
    }
    const number = ++drawing;
    try {
      const drawn = await post(aside.dataset.preview, new FormData(form));
      if (number !== drawing) {
        return;
      }
      status.textContent = drawn.errors || "";
      if (!drawn.errors) {
        card.srcdoc = drawn.card;
        page.srcdoc = drawn.page;
        suggest(drawn.suggestions);
      }
    } catch {
      // Said by the line about signing in; the form is as it was.
    }
  }

  let waiting;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(draw, previewDelay);
    keepDraft();
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  if (window.django?.jQuery) {
    window.django.jQuery(form).on("change", "select", later);
  }

  // Values of others, put into the form ---------------------------------------------------------
  function put(name, value) {
    const input = form.elements[name];
    if (!input) {
      return;
    }
    if (Array.isArray(value)) {
      if (!input.multiple) {
        input.replaceChildren(new Option("", ""));
      }
      for (const option of [...input.options]) {
        option.selected = false;
      }
      for (const [key, label] of value) {
        add(input, key, label);
      }
    } else if (input.type === "checkbox") {
      input.checked = value === "True";
    } else {
      input.value = value;
    }
    changed(input);
  }

  function add(select, key, label) {
    const known = [...select.options].find((option) => option.value === key);
    if (known) {
      known.selected = true;
    } else {
      select.add(new Option(label, key, true, true));
    }
  }

  function changed(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if (window.django?.jQuery) {
      window.django.jQuery(input).trigger("change");
    }
  }

  form.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (fill) {
      for (const [name, value] of Object.entries(JSON.parse(fill.dataset.fill))) {
        put(name, value);
      }
    }
  });

  // Topics it may be about ----------------------------------------------------------------------
  const topics = form.elements.topics;
  const offered = document.createElement("p");
  offered.className = "desk-suggestions";
  topics?.parentElement.append(offered);

  function suggest(found) {
    const has = new Set([...(topics?.selectedOptions ?? [])].map((option) => option.value));
    const buttons = found
      .filter(([key]) => !has.has(key))
      .map(([key, name]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "desk-fill";
        button.textContent = `+ ${name}`;
        button.addEventListener("click", () => {
          add(topics, key, name);
          changed(topics);
          button.remove();
        });
        return button;
      });
    offered.replaceChildren(...(buttons.length ? [`${aside.dataset.topics}: `, ...buttons] : []));
  }
  // A story that is not there yet has none.
  suggest(JSON.parse(document.getElementById("desk-suggestions").textContent) || []);

  // Rows: dragged by their handles (unfold's), moved by Alt and an arrow; the first picture leads -----
  function number(table) {
    const rows = [...table.querySelectorAll("tbody.form-group:not(.empty-form)")];
    rows.forEach((row, place) => {
      const input = row.querySelector("input[name$='-position']");
      if (input) {
        input.value = place;
      }
    });
    const lead = table.querySelector("tbody.form-group:not(.empty-form) [data-lead]");
    if (lead) {
      lead.checked = true;
    }
  }

  // SortableJS says so before unfold has written the places down.
  form.addEventListener("end", (event) => {
    const table = event.target.closest("table");
    if (table) {
      number(table);
      later();
    }
  });

  // A row that was just added stands last.
  form.addEventListener("formset:added", (event) => number(event.target.closest("table")));

  // Taking a row away that was never saved: unfold would number the others anew by their places, which a moved row
  // does not have, and write them again without what was typed. It stays, unseen, and says that it is gone.
  form.addEventListener(
    "click",
    (event) => {
      const row = event.target.closest(".delete-template") && event.target.closest("tbody.form-group");
      const named = row?.querySelector("[name]")?.name.match(/^.+-\d+(?=-)/);
      if (!named) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      const gone = document.createElement("input");
      gone.type = "hidden";
      gone.name = `${named[0]}-DELETE`;
      gone.value = "on";
      row.append(gone);
      row.hidden = true;
      later();
    },
    true,
  );

  form.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest("tbody.form-group");
    if (!step || !event.altKey || !row) {
      return;
    }
    const beside = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (beside?.matches("tbody.form-group:not(.empty-form)")) {
      event.preventDefault();
      beside[step < 0 ? "before" : "after"](row);
      event.target.focus();
      number(row.closest("table"));
      later();
    }
  });

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-lead]")) {
      const row = event.target.closest("tbody.form-group");
      row.parentElement.querySelector("tbody.form-group").before(row);
      number(row.closest("table"));
      later();
    }
  });

  // Drafts: what is typed outlives a session that ends, and a browser that does --------------------
  // Signed out in another tab: drafts are deleted then, and none is kept until this user signs in again.
  let isSignedOut = false;
  addEventListener("storage", (event) => {
    if (event.key === signedOutKey && event.newValue?.startsWith(`${aside.dataset.user}:`)) {
      isSignedOut = true;
      refresh();
    }
  });

  function keepDraft() {
    if (isSignedOut) {
      return;
    }
    const now = JSON.stringify(typed());
    try {
      if (now === shownFirst) {
        localStorage.removeItem(draftKey);
      } else {
        localStorage.setItem(draftKey, JSON.stringify({ at: Date.now(), fields: JSON.parse(now) }));
      }
    } catch {
      // No room, or not allowed: then there is no draft.
    }
  }

  // A draft may have rows that the page has not.
  function addRows(texts) {
    for (const [name, values] of texts) {
      const total = /-TOTAL_FORMS$/.test(name) && form.elements[name];
      const add = total && total.closest(".formset-wrapper")?.querySelector(".add-row");
      for (let missing = add ? Number(values[0]) - Number(total.value) : 0; missing > 0; missing -= 1) {
        add.click();
      }
    }
  }

  function offerDraft() {
    const line = document.querySelector("[data-draft]");
    let draft;
    try {
      draft = JSON.parse(localStorage.getItem(draftKey));
    } catch {
      draft = null;
    }
    if (!draft || document.querySelector(".errornote, [data-questions]") || JSON.stringify(draft.fields) === shownFirst) {
      return;
    }
    const time = line.querySelector("time");
    time.textContent = new Date(draft.at).toLocaleString(document.documentElement.lang);
    time.dateTime = new Date(draft.at).toISOString();
    line.hidden = false;
    line.querySelector("[data-draft-take]").addEventListener("click", () => {
      const texts = new Map();
      for (const [name, value] of draft.fields) {
        texts.set(name, [...(texts.get(name) ?? []), value]);
      }
      addRows(texts);
      for (const box of form.querySelectorAll("input[type=checkbox][name], input[type=radio][name]")) {
        const checked = (texts.get(box.name) ?? []).includes(box.value);
        if (box.checked !== checked) {
          box.checked = checked;
          changed(box);
        }
      }
      for (const [name, values] of texts) {
        const input = form.elements[name];
        // What the page has seen stays what the draft had seen, so that nobody's change since is undone.
        if (!input || /_FORMS$/.test(name)) {
          continue;
        }
        if (input instanceof RadioNodeList || /^(checkbox|radio)$/.test(input.type)) {
          continue;
        }
        if (input.multiple) {
          const labels = Object.fromEntries([...input.options].map((option) => [option.value, option.text]));
          put(name, values.map((key) => [key, labels[key] ?? key]));
        } else if (input.tagName === "SELECT") {
          add(input, values[0], values[0]);
          changed(input);
        } else if (input.value !== values[0]) {
          input.value = values[0];
          changed(input);
        }
      }
      line.hidden = true;
      later();
    });
    line.querySelector("[data-draft-drop]").addEventListener("click", () => {
      localStorage.removeItem(draftKey);
      line.hidden = true;
    });
  }

  offerDraft();

  // Who else has it open ------------------------------------------------------------------------
  async function sayOpen() {
    const body = new FormData();
    body.append("seen", form.elements.seen?.value ?? "");
    try {
      const told = await post(aside.dataset.openUrl, body);
      for (const [selector, text] of [["[data-open]", told.open], ["[data-changed]", told.changed]]) {
        const line = document.querySelector(selector);
        if (line.textContent.trim() !== text) {
          line.textContent = text;
        }
        line.hidden = !text;
      }
    } catch {
      // The next beat tries again.
    }
  }

  if (aside.dataset.openUrl) {
    sayOpen();
    setInterval(sayOpen, heartbeat);
    addEventListener("pagehide", () => {
      const body = new FormData();
      body.append("closed", "1");
      body.append("csrfmiddlewaretoken", token());
      navigator.sendBeacon(aside.dataset.openUrl, body);
    });
  }
  draw();
})();
