// On every page of the desk: the key that unfold shows, names for its select2 fields, and numbers not saved yet.
(() => {
  // select2 draws a field of its own over each select, some time after the page is there, and gives it no name.
  function nameField(select) {
    const name = (select.labels[0]?.textContent ?? select.getAttribute("aria-label") ?? "").trim().replace(/\*$/, "");
    const drawn = select.nextElementSibling;
    const combobox = drawn?.querySelector("[role=combobox]");
    if (!combobox || !name || drawn.dataset.named) {
      return;
    }
    drawn.dataset.named = name;
    combobox.removeAttribute("aria-labelledby");
    for (const shown of drawn.querySelectorAll(".select2-selection__rendered")) {
      shown.removeAttribute("aria-readonly");
      shown.setAttribute("role", "none");
    }
    drawn.querySelector(".select2-search__field")?.setAttribute("aria-label", name);
    const tell = () => {
      const chosen = [...select.selectedOptions].map((option) => option.text).filter(Boolean);
      combobox.setAttribute("aria-label", [name, chosen.join(", ")].filter(Boolean).join(": "));
    };
    tell();
    window.django.jQuery(select).on("change", tell);
  }

  new MutationObserver(() => {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(nameField);
  }).observe(document, { childList: true, subtree: true });

  document.addEventListener("DOMContentLoaded", () => {
    // unfold hides tabs for which it finds no room, and measures before there is any; these wrap instead (desk.css).
    document.getElementById("tabs-dropdown")?.parentElement.remove();

    // The tabs within a form are links that lead nowhere, which the keyboard passes by.
    for (const tab of document.querySelectorAll("nav a:not([href])")) {
      tab.tabIndex = 0;
      tab.setAttribute("role", "button");
      tab.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          tab.click();
        }
      });
    }
  });

  // A list of stories: numbers typed into its rows warn before they are lost to a tab, a filter or another page. What
  // becomes of them when an action is chosen the server asks.
  document.addEventListener("DOMContentLoaded", () => {
    const list = document.getElementById("changelist-form");
    const numbers = list?.querySelectorAll("input.desk-number") ?? [];
    if (!numbers.length) {
      return;
    }
    const drawn = (input) => list.elements[`initial-${input.name}`]?.value ?? "";
    let isSent = false;
    list.addEventListener("desk:sent", () => {
      isSent = true;
    });
    // The stock script would say that the numbers will be lost, before the server can ask.
    const run = list.querySelector("button[name=index]");
    run?.addEventListener("click", (event) => event.stopImmediatePropagation(), true);
    addEventListener("beforeunload", (event) => {
      if (!isSent && [...numbers].some((input) => input.value.trim() !== drawn(input).trim())) {
        event.preventDefault();
      }
      // An answer that is a file leaves the page where it is.
      isSent = false;
    });
  });

  // A list of stories: "/" goes to the search, as the placeholder says.
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("#searchbar, input[name=q]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });
})();
