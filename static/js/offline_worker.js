// Keeps one town's page for a day without network. It is there only where somebody has pressed "save", it sees
// only addresses below its own (…/offline/<code>/) and asks nothing that the page would not ask. FILES stands
// above this text: the addresses of the style sheet and the script of that page.
const PAGE = self.registration.scope;
const NAME = `tsunagari-offline ${new URL(PAGE).pathname}`;
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(NAME)
      .then((cache) => cache.addAll([PAGE, ...FILES].map((address) => new Request(address, { cache: "reload", credentials: "omit" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function newest(request) {
  const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
  // the page that stands in for a database that is down is no news either
  if (!answer.ok) throw new Error(`${answer.status}`);
  const cache = await caches.open(NAME);
  // erased meanwhile: then nothing is kept again
  if ((await cache.keys()).length) await cache.put(PAGE, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (request.mode === "navigate" && `${address.origin}${address.pathname}` === PAGE) {
    event.respondWith(newest(PAGE).catch(() => caches.match(PAGE, { cacheName: NAME })));
  } else if (FILES.includes(address.pathname)) {
    event.respondWith(caches.match(request, { cacheName: NAME }).then((found) => found ?? fetch(request)));
  }
});
