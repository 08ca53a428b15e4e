// On every page of the desk: who is signed in. Forms take the present CSRF token, and drafts belong to one user.
(() => {
  const prefix = "newsroom-draft:";
  const signedOutKey = "newsroom-signed-out";
  const line = () => document.querySelector("[data-signed-out]");

  // Drafts: `newsroom-draft:<user>:<story, or "new">` (story.js) ----------------------------------
  function dropDrafts(isDone) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(prefix) && isDone(key.slice(prefix.length))) {
          localStorage.removeItem(key);
        }
      }
    } catch {
      // Not allowed: then there are no drafts.
    }
  }

  // What the server says once, by a cookie that is read and deleted.
  function takeCookie(name) {
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    if (!cookie) {
      return "";
    }
    document.cookie = `${name}=; max-age=0; path=/admin/; samesite=lax`;
    return decodeURIComponent(cookie.slice(name.length + 1));
  }

  // Drafts of earlier versions were kept by path alone, whoever had typed them.
  dropDrafts((name) => name.startsWith("/"));
  const saved = takeCookie("desk_saved");
  if (saved) {
    dropDrafts((name) => name === saved);
  }
  const signedOut = takeCookie("desk_signed_out");
  if (signedOut) {
    dropDrafts((name) => name.startsWith(`${signedOut}:`));
    try {
      // Other tabs that have a story open hear of it, and keep no more drafts.
      localStorage.setItem(signedOutKey, `${signedOut}:${Date.now()}`);
      localStorage.removeItem(signedOutKey);
    } catch {
      // No room, or not allowed.
    }
  }

  // The session -----------------------------------------------------------------------------------
  // Returns {user, token} of who is signed in now, or null when nobody is. Throws when there is no network.
  async function present() {
    const answer = await fetch("/admin/session.json", { cache: "no-store", headers: { Accept: "application/json" } });
    const isOurs = answer.ok && !answer.redirected && answer.headers.get("content-type")?.includes("json");
    return isOurs ? answer.json() : null;
  }

  // Gives all forms of the page the present token, as signing in replaces it. Returns "ours" while the page belongs to
  // who is signed in, "other" when that is somebody else, "nobody", or "offline".
  async function refresh() {
    let session;
    try {
      session = await present();
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

  // A form is sent with the present token. Where the page can say that nobody is signed in, it stays with what was
  // typed; elsewhere the server answers.
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

  // Back from the tab in which somebody signed in.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && line() && !line().hidden) {
      refresh();
    }
  });

  window.deskSession = { refresh, say, prefix, signedOutKey };
})();
