// On every page of the desk: keys that work where unfold shows them, and lists that scroll by themselves.
(() => {
  // A story that was saved needs its draft (story.js) no more; the page it was saved from says so.
  const saved = document.cookie.split("; ").find((each) => each.startsWith("desk_saved="));
  if (saved) {
    localStorage.removeItem(`newsroom-draft:${decodeURIComponent(saved.slice("desk_saved=".length))}`);
    document.cookie = "desk_saved=; max-age=0; path=/admin/; samesite=lax";
  }

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
