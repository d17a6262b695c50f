// Pages of education open again without a connection. FILES, what they look like with, and SAYS, the words on top of a copy
// and their language, come from /sw.js.
//
// What PAGES names is all that is ever stored. A list, a form, a code, a report or a page of staff goes past this worker, and
// no address of that kind is named here but one: see VISIT. The copies of lists that people ask for ("lists") are made and
// read by copies.js on its pages; nothing here opens them.
const PAGES = /^\/(?:(?:therapies|guide|clinic|sources|privacy|accessibility|about)\/.*)?$/;
const OFFLINE = "/offline/";

// A kept visit is asked for as if no worker were there: its answer is handed on unread. Only where no answer comes at all,
// its address shows the page that says so. That page is the same for everybody and knows of no list; its own script looks
// whether the person has put a copy on this device.
const VISIT = /^\/visits\/[\w-]{22}\//;

const DAYS = 30; // older copies of pages are not shown: words may have been withdrawn since
const MOST = 40; // pages, and files, that are stored
const PATIENCE = 8_000; // milliseconds without an answer, until a copy is shown instead

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(storeFiles());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(storeOpenPages());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode !== "navigate") return;
  else if (PAGES.test(pathname)) event.respondWith(page(event, pathname));
  else if (VISIT.test(pathname)) event.respondWith(fetch(request).catch(offline));
  else if (pathname === OFFLINE) {
    event.respondWith(file(request)); // at once, also where the network takes long to say nothing
    event.waitUntil(storeOffline().catch(() => {}));
  }
});

async function storeFiles() {
  const files = await caches.open("files");
  await files.addAll(FILES);
  await storeOffline();
  await trim(files); // files of releases before stay for a while: stored pages look like then
}

async function storeOffline() {
  await (await caches.open("files")).add(new Request(OFFLINE, { cache: "no-cache" }));
}

/** The page that a worker is installed from was loaded before there was one. */
async function storeOpenPages() {
  await clients.claim();
  for (const client of await clients.matchAll()) {
    const { pathname } = new URL(client.url);
    if (PAGES.test(pathname)) await store(pathname, await fetch(pathname));
  }
}

async function file(request) {
  const files = await caches.open("files");
  return (await files.match(request)) ?? fetch(request);
}

/** From the network wherever it answers. A copy stands in for no answer, or for one that says the site itself is down. */
async function page(event, path) {
  const copy = await copyOf(path);
  const network = fetch(event.request, { cache: "no-cache" }).then((answer) => {
    event.waitUntil(store(path, answer.clone()));
    return answer;
  });
  event.waitUntil(network.catch(() => {}));
  try {
    const answer = await Promise.race(copy ? [network, tooLong()] : [network]);
    if (answer.status < 500 || !copy) return answer;
  } catch {
    if (!copy) return offline();
  }
  const day = new Date(copy.headers.get("Date")).toLocaleDateString(SAYS.language, { dateStyle: "long" });
  return noted(copy, SAYS.asItWas.replace("DAY", day));
}

function tooLong() {
  return new Promise((_, fail) => setTimeout(fail, PATIENCE));
}

async function copyOf(path) {
  const copy = await (await caches.open("pages")).match(path);
  return copy && new Date(copy.headers.get("Expires")) > new Date() ? copy : undefined;
}

async function store(path, answer) {
  const pages = await caches.open("pages");
  if (answer.status >= 400 && answer.status < 500) await pages.delete(path);
  if (answer.status !== 200) return;
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding"); // the body is stored as it is read
  headers.set("Expires", new Date(Date.now() + DAYS * 86_400_000).toUTCString());
  await pages.put(path, new Response(answer.body, { headers }));
  await trim(pages);
}

/** Keeps what was stored last. */
async function trim(cache) {
  for (const request of (await cache.keys()).slice(0, -MOST)) await cache.delete(request);
}

async function offline() {
  const files = await caches.open("files");
  return noted(await files.match(OFFLINE), SAYS.onlyBelow);
}

/** A stored page that says so, on top. It tells nobody the address at which it is read. */
async function noted(stored, words) {
  const note = `<div class="past past--top"><p><b>${SAYS.noConnection}</b> ${words}</p></div>`;
  const html = (await stored.text()).replace(/<main[^>]*>/, (main) => main + note);
  const headers = new Headers(stored.headers);
  headers.delete("Content-Encoding");
  headers.set("Referrer-Policy", "no-referrer");
  return new Response(html, { headers });
}
