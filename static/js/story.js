// The page of a story: preview, values of the other side, suggested topics, drafts, and who else has it open.
(() => {
  const form = document.getElementById("article_form");
  const aside = document.querySelector("[data-preview]");
  if (!form || !aside) {
    return;
  }
  const { refresh, say, prefix, signedOutKey } = window.deskSession;
  // Read each time, as signing in again replaces it.
  const token = () => form.elements.csrfmiddlewaretoken.value;
  const previewDelay = 700;
  const heartbeat = 20_000;
  const draftKey = `${prefix}${aside.dataset.user}:${aside.dataset.story}`;

  // The values of the form as pairs, without the token of this page.
  function formValues() {
    return [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  }

  const initialValues = JSON.stringify(formValues());

  // A form too large for a request is reported before it is sent, with everything typed still in it.
  const tooLarge = document.querySelector("[data-too-large]");
  const mostBytes = Number(aside.dataset.mostBytes) || Infinity;

  function isTooLarge() {
    const bytes = new Blob(formValues().map(([name, value]) => `${name}=${value}&`)).size;
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
    // After signing in again the request is repeated with the new token.
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

  // The preview --------------------------------------------------------------------------------
  const card = aside.querySelector(".desk-preview-card");
  const page = aside.querySelector(".desk-preview-page");
  const status = aside.querySelector("[data-preview-status]");
  let previewNumber = 0;

  async function showPreview() {
    if (isTooLarge()) {
      return;
    }
    const number = ++previewNumber;
    try {
      const preview = await post(aside.dataset.preview, new FormData(form));
      if (number !== previewNumber) {
        return;
      }
      status.textContent = preview.errors || "";
      if (!preview.errors) {
        card.srcdoc = preview.card;
        page.srcdoc = preview.page;
        showSuggestions(preview.suggestions);
      }
    } catch {
      // The line about signing in reports it; the form is unchanged.
    }
  }

  let timer;
  function scheduleUpdate() {
    clearTimeout(timer);
    timer = setTimeout(showPreview, previewDelay);
    saveDraft();
  }
  form.addEventListener("input", scheduleUpdate);
  form.addEventListener("change", scheduleUpdate);
  // From story-rows.js.
  form.addEventListener("story:rows", scheduleUpdate);
  if (window.django?.jQuery) {
    window.django.jQuery(form).on("change", "select", scheduleUpdate);
  }

  // Values of the other side, filled into the form ---------------------------------------------
  function fillField(name, value) {
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
        selectOption(input, key, label);
      }
    } else if (input.type === "checkbox") {
      input.checked = value === "True";
    } else {
      input.value = value;
    }
    notifyChange(input);
  }

  function selectOption(select, key, label) {
    const existing = [...select.options].find((option) => option.value === key);
    if (existing) {
      existing.selected = true;
    } else {
      select.add(new Option(label, key, true, true));
    }
  }

  function notifyChange(input) {
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
        fillField(name, value);
      }
    }
  });

  // Suggested topics ---------------------------------------------------------------------------
  const topics = form.elements.topics;
  const suggestionList = document.createElement("p");
  suggestionList.className = "desk-suggestions";
  topics?.parentElement.append(suggestionList);

  function showSuggestions(suggestions) {
    const present = new Set([...(topics?.selectedOptions ?? [])].map((option) => option.value));
    const buttons = suggestions
      .filter(([key]) => !present.has(key))
      .map(([key, name]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "desk-fill";
        button.textContent = `+ ${name}`;
        button.addEventListener("click", () => {
          selectOption(topics, key, name);
          notifyChange(topics);
          button.remove();
        });
        return button;
      });
    suggestionList.replaceChildren(...(buttons.length ? [`${aside.dataset.topics}: `, ...buttons] : []));
  }
  // A new story has none.
  showSuggestions(JSON.parse(document.getElementById("desk-suggestions").textContent) || []);

  // Drafts: typed text is stored in the browser until it is saved ------------------------------
  // Signing out in another tab deletes drafts; none is stored until this user signs in again.
  let isSignedOut = false;
  addEventListener("storage", (event) => {
    if (event.key === signedOutKey && event.newValue?.startsWith(`${aside.dataset.user}:`)) {
      isSignedOut = true;
      refresh();
    }
  });

  function saveDraft() {
    if (isSignedOut) {
      return;
    }
    const now = JSON.stringify(formValues());
    try {
      if (now === initialValues) {
        localStorage.removeItem(draftKey);
      } else {
        localStorage.setItem(draftKey, JSON.stringify({ at: Date.now(), fields: JSON.parse(now) }));
      }
    } catch {
      // Storage is full or forbidden: then there is no draft.
    }
  }

  // Add the rows that a draft has and the page lacks.
  function addRows(texts) {
    for (const [name, values] of texts) {
      const total = /-TOTAL_FORMS$/.test(name) && form.elements[name];
      const add = total && total.closest(".formset-wrapper")?.querySelector(".add-row");
      for (let missing = add ? Number(values[0]) - Number(total.value) : 0; missing > 0; missing -= 1) {
        add.click();
      }
    }
  }

  // Format a time in the newsroom's zone as the server does, `format_time` in newsroom/dates.py.
  function formatTime(when) {
    // American English abbreviates no zones of Europe.
    const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const options = {
      timeZone: aside.dataset.zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    };
    const parts = {};
    for (const { type, value } of new Intl.DateTimeFormat(language, options).formatToParts(when)) {
      parts[type] = value;
    }
    const values = {
      day: String(Number(parts.day)),
      month: aside.dataset.months.split(" ")[Number(parts.month) - 1],
      year: parts.year,
      time: `${parts.hour}:${parts.minute}`,
      zone: parts.timeZoneName,
    };
    return aside.dataset.timeFormat.replace(/\{(\w+)\}/g, (_placeholder, name) => values[name]);
  }

  function offerDraft() {
    const line = document.querySelector("[data-draft]");
    let draft;
    try {
      draft = JSON.parse(localStorage.getItem(draftKey));
    } catch {
      draft = null;
    }
    if (!draft || document.querySelector(".errornote, [data-questions]") || JSON.stringify(draft.fields) === initialValues) {
      return;
    }
    const time = line.querySelector("time");
    time.textContent = formatTime(new Date(draft.at));
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
          notifyChange(box);
        }
      }
      for (const [name, values] of texts) {
        const input = form.elements[name];
        // `seen` becomes that of the draft, so that later changes of others are merged and not undone.
        if (!input || /_FORMS$/.test(name)) {
          continue;
        }
        if (input instanceof RadioNodeList || /^(checkbox|radio)$/.test(input.type)) {
          continue;
        }
        if (input.multiple) {
          const labels = Object.fromEntries([...input.options].map((option) => [option.value, option.text]));
          fillField(name, values.map((key) => [key, labels[key] ?? key]));
        } else if (input.tagName === "SELECT") {
          selectOption(input, values[0], values[0]);
          notifyChange(input);
        } else if (input.value !== values[0]) {
          input.value = values[0];
          notifyChange(input);
        }
      }
      // An uploaded picture that leads has its radio button only now, and its position already.
      for (const radio of form.querySelectorAll("input[type=radio][name]")) {
        radio.checked = (texts.get(radio.name) ?? []).includes(radio.value);
      }
      line.hidden = true;
      scheduleUpdate();
    });
    line.querySelector("[data-draft-drop]").addEventListener("click", () => {
      localStorage.removeItem(draftKey);
      line.hidden = true;
    });
  }

  offerDraft();

  // Who else has it open -----------------------------------------------------------------------
  async function reportOpen() {
    const body = new FormData();
    body.append("seen", form.elements.seen?.value ?? "");
    try {
      const answer = await post(aside.dataset.openUrl, body);
      for (const [selector, text] of [["[data-open]", answer.open], ["[data-changed]", answer.changed]]) {
        const line = document.querySelector(selector);
        if (line.textContent.trim() !== text) {
          line.textContent = text;
        }
        line.hidden = !text;
      }
    } catch {
      // Repeated at the next interval.
    }
  }

  if (aside.dataset.openUrl) {
    reportOpen();
    setInterval(reportOpen, heartbeat);
    addEventListener("pagehide", () => {
      const body = new FormData();
      body.append("closed", "1");
      body.append("csrfmiddlewaretoken", token());
      navigator.sendBeacon(aside.dataset.openUrl, body);
    });
  }
  showPreview();
})();
