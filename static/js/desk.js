// On every page of the desk: the key that unfold shows, labels for its select2 fields, and unsaved numbers.
(() => {
  // select2 replaces each select by its own field, some time after the page has loaded, without a label.
  function labelField(select) {
    const name = (select.labels[0]?.textContent ?? select.getAttribute("aria-label") ?? "").trim().replace(/\*$/, "");
    const container = select.nextElementSibling;
    const combobox = container?.querySelector("[role=combobox]");
    if (!combobox || !name || container.dataset.named) {
      return;
    }
    container.dataset.named = name;
    combobox.removeAttribute("aria-labelledby");
    for (const selection of container.querySelectorAll(".select2-selection__rendered")) {
      selection.removeAttribute("aria-readonly");
      selection.setAttribute("role", "none");
    }
    container.querySelector(".select2-search__field")?.setAttribute("aria-label", name);
    const updateLabel = () => {
      const texts = [...select.selectedOptions].map((option) => option.text).filter(Boolean);
      combobox.setAttribute("aria-label", [name, texts.join(", ")].filter(Boolean).join(": "));
    };
    updateLabel();
    window.django.jQuery(select).on("change", updateLabel);
  }

  new MutationObserver(() => {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(labelField);
  }).observe(document, { childList: true, subtree: true });

  // select2 and SimpleBar come with English texts. Runs before the theme starts either.
  document.addEventListener("DOMContentLoaded", () => {
    const themeTexts = document.getElementById("desk-texts")?.dataset;
    const select2 = window.django?.jQuery?.fn.select2;
    if (themeTexts && select2) {
      // Django names the language of the process, not that of the page.
      document.querySelectorAll("select[lang]").forEach((select) => select.removeAttribute("lang"));
      select2.defaults.set("language", {
        errorLoading: () => themeTexts.errorLoading,
        loadingMore: () => themeTexts.loadingMore,
        noResults: () => themeTexts.noResults,
        searching: () => themeTexts.searching,
        removeAllItems: () => themeTexts.removeAll,
        removeItem: () => themeTexts.removeItem,
      });
    }
    if (themeTexts && window.SimpleBar) {
      window.SimpleBar.defaultOptions.ariaLabel = themeTexts.scrollable;
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    // unfold hides tabs that do not fit, and measures too early; here they wrap instead (desk.css).
    document.getElementById("tabs-dropdown")?.parentElement.remove();

    // The tabs within a form are links without href, which the keyboard skips.
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

  // A list of stories: warn before numbers typed into its rows are lost by leaving the page. When an action is posted
  // with them, the server asks what to do.
  document.addEventListener("DOMContentLoaded", () => {
    const list = document.getElementById("changelist-form");
    const numbers = list?.querySelectorAll("input.desk-number") ?? [];
    if (!numbers.length) {
      return;
    }
    const initialValue = (input) => list.elements[`initial-${input.name}`]?.value ?? "";
    let isSent = false;
    list.addEventListener("desk:sent", () => {
      isSent = true;
    });
    // The stock script would warn that the numbers will be lost, before the server can ask.
    const run = list.querySelector("button[name=index]");
    run?.addEventListener("click", (event) => event.stopImmediatePropagation(), true);
    addEventListener("beforeunload", (event) => {
      if (!isSent && [...numbers].some((input) => input.value.trim() !== initialValue(input).trim())) {
        event.preventDefault();
      }
      // A response that is a file does not leave the page.
      isSent = false;
    });
  });

  // "/" focuses the search, as its placeholder says.
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("#searchbar, input[name=q]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });
})();
