// Caches one page, which is shown without network. Nothing else is served from here.
const CACHE_NAME = "offline-1";
const PAGE = "{{ url('offline') }}";
const CACHED = [PAGE, "{{ static('css/tokens.css') }}", "{{ static('css/site.css') }}", "{{ static('css/notices.css') }}", "{{ static('icons/mark.svg') }}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE_NAME).then((cache) => cache.addAll(CACHED)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE_NAME).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate") {
    if (path.startsWith("/admin/")) return;
    event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
  } else if (CACHED.includes(path)) {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
  }
});
