// Keeps one page at hand: the one that says there is no network. Nothing else is ever served from here.
const SHELF = "offline-1";
const PAGE = "{{ url('offline') }}";
const KEPT = [PAGE, "{{ static('css/tokens.css') }}", "{{ static('css/site.css') }}", "{{ static('css/notices.css') }}", "{{ static('icons/mark.svg') }}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(KEPT)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELF).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate") {
    if (path.startsWith("/admin/")) return;
    event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
  } else if (KEPT.includes(path)) {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
  }
});
