// On every page of the desk: the session. Forms get the present CSRF token, and drafts belong to one user.
(() => {
  const prefix = "newsroom-draft:";
  const signedOutKey = "newsroom-signed-out";
  const line = () => document.querySelector("[data-signed-out]");

  // Drafts: `newsroom-draft:<user>:<story, or "new">` (story.js) ----------------------------------
  function deleteDrafts(isObsolete) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix) && isObsolete(key.slice(prefix.length))) {
          localStorage.removeItem(key);
        }
      }
    } catch {
      // Storage is not allowed: then there are no drafts.
    }
  }

  // Returns a cookie's value and deletes it.
  function takeCookie(name) {
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    if (!cookie) {
      return "";
    }
    document.cookie = `${name}=; max-age=0; path=/admin/; samesite=lax`;
    return decodeURIComponent(cookie.slice(name.length + 1));
  }

  // Earlier versions stored drafts by path alone, without the user.
  deleteDrafts((name) => name.startsWith("/"));
  const savedDraft = takeCookie("desk_saved");
  if (savedDraft) {
    deleteDrafts((name) => name === savedDraft);
  }
  const signedOutUser = takeCookie("desk_signed_out");
  if (signedOutUser) {
    deleteDrafts((name) => name.startsWith(`${signedOutUser}:`));
    try {
      // Other tabs with a story open get a storage event, and store no more drafts.
      localStorage.setItem(signedOutKey, `${signedOutUser}:${Date.now()}`);
      localStorage.removeItem(signedOutKey);
    } catch {
      // Storage is full or not allowed.
    }
  }

  // The session -----------------------------------------------------------------------------------
  // Returns {user, token} of the session, or null when nobody is signed in. Throws when there is no network.
  async function fetchSession() {
    const response = await fetch("/admin/session.json", { cache: "no-store", headers: { Accept: "application/json" } });
    const isSession = response.ok && !response.redirected && response.headers.get("content-type")?.includes("json");
    return isSession ? response.json() : null;
  }

  // Gives all forms of the page the present token, as signing in replaces it. Returns "ours" while the page's user is
  // signed in, "other" when another one is, "nobody", or "offline".
  async function refresh() {
    let session;
    try {
      session = await fetchSession();
    } catch {
      return say("offline");
    }
    const owner = line()?.dataset.user;
    if (!session || (owner && String(session.user) !== owner)) {
      return say(session ? "other" : "nobody");
    }
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      input.value = session.token;
    }
    return say("ours");
  }

  // Shows the line about signing in again, or the one about another user, on pages that have them.
  function say(state) {
    const other = document.querySelector("[data-other-user]");
    if (line()) {
      line().hidden = !["nobody", "offline"].includes(state);
      other.hidden = state !== "other";
    }
    return state;
  }

  // A form is sent with the present token. A page that has a line for it says that nobody is signed in, and keeps what
  // was typed; elsewhere the server answers.
  const passing = new WeakSet();
  const waiting = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !form.elements.csrfmiddlewaretoken) {
      return;
    }
    if (passing.delete(form)) {
      form.dispatchEvent(new CustomEvent("desk:sent"));
      return;
    }
    event.preventDefault();
    if (waiting.has(form)) {
      return;
    }
    waiting.add(form);
    const { submitter } = event;
    const state = await refresh();
    waiting.delete(form);
    if (state !== "ours" && line()) {
      (state === "other" ? document.querySelector("[data-other-user]") : line()).scrollIntoView({ block: "center" });
      return;
    }
    passing.add(form);
    form.requestSubmit(submitter);
  });

  // The user may have signed in in another tab.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && line() && !line().hidden) {
      refresh();
    }
  });

  window.deskSession = { refresh, say, prefix, signedOutKey };
})();
