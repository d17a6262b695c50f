// Copies of kept lists on this device, for who asks for one. Each is the text of a list under the visit's own address. They
// are made and read by pages alone, in a store that the service worker never opens.
//
// Its tag says what the page knows: data-ends, the day after which the visit of this address is deleted; or data-gone, that
// no visit is there any more. Without either it is the page that shows what is on this device.
const { ends, gone } = document.currentScript.dataset;
const here = location.pathname.match(/^\/visits\/[\w-]{22}\//)?.[0];
const find = (name) => document.querySelector(`[data-${name}]`);

// The store is there only once somebody has asked for a copy.
const openLists = () => caches.open("lists");
const copyOf = (address) => caches.match(address, { cacheName: "lists" });
const takeOff = async (address) => (await copyOf(address)) && (await openLists()).delete(address);
const addresses = async () => {
  const requests = (await caches.has("lists")) ? await (await openLists()).keys() : [];
  return requests.map(({ url }) => new URL(url).pathname);
};

/** A new copy, or nothing where the visit is gone. */
async function made(address, expires) {
  const answer = await fetch(`${address}list/`);
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(answer.statusText);
  const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = body.querySelector("main");
  for (const part of main.querySelectorAll("form, button, .screen-only, .sheet")) part.remove();
  for (const box of main.querySelectorAll("input")) box.disabled = true;
  main.querySelector(".booklet")?.removeAttribute("class"); // it prints where nobody can choose between it and a sheet
  const headers = { "Content-Type": "text/html; charset=utf-8", Date: new Date().toUTCString(), Expires: expires };
  return new Response(main.innerHTML, { headers });
}

async function put(address, expires) {
  const copy = await made(address, expires);
  if (copy) await (await openLists()).put(address, copy);
}

/** Where no answer comes, the copy stays as it is. What was taken off meanwhile is not put back. */
async function renew(address, expires) {
  if (!(await copyOf(address))) return;
  const copy = await made(address, expires).catch(() => copyOf(address));
  if (!copy) await takeOff(address);
  else if (await copyOf(address)) await (await openLists()).put(address, copy);
}

/** A copy as parts of a page. Nothing in it runs: it was made by our own site, and the policy of this page allows no script
    in it. */
async function parts(copy) {
  const { body } = new DOMParser().parseFromString(await copy.text(), "text/html");
  return document.adoptNode(body);
}

async function dropOver() {
  for (const address of await addresses()) {
    const copy = await copyOf(address);
    if (new Date(copy.headers.get("Expires")) < new Date()) await takeOff(address);
  }
}

/** A copy opens at the visit's own address only where the worker is. Sooner than on other pages: who reads a kept visit needs it as
    soon as the page is there. */
async function installWorker() {
  if (!navigator.serviceWorker) return;
  if (document.readyState !== "complete") await new Promise((loaded) => addEventListener("load", loaded));
  await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
}

/** The page of a kept visit: puts a copy on this device or takes it off when asked, and renews the one that is there. */
async function visitPage() {
  const expires = new Date(Date.parse(ends) + 86_400_000).toUTCString();
  const section = find("copy");
  const show = async (failed = false) => {
    if (!section) return;
    const there = Boolean(await copyOf(here));
    section.hidden = false;
    find("there").hidden = find("take").hidden = !there;
    find("put").hidden = there;
    find("failed").hidden = !failed;
  };
  // One after the other, so that an older answer never replaces a newer one.
  let last = Promise.resolve();
  const renewHere = () => (last = last.then(() => renew(here, expires)));
  find("put")?.addEventListener("click", async () => {
    await put(here, expires).catch(() => {});
    await installWorker().catch(() => {});
    await show(!(await copyOf(here)));
  });
  find("take")?.addEventListener("click", () => takeOff(here).then(() => show()));
  document.addEventListener("htmx:afterRequest", renewHere);
  installWorker().catch(() => {});
  await show();
  await renewHere();
  await show();
}

/** The name of a list: the day of its visit. */
function nameOf(list) {
  return (list.querySelector("h1 time") ?? list.querySelector("h1")).textContent;
}

/** What is shown of a copy: that it is one, the list, and how to take it off. */
async function shown(copy, address) {
  const around = find("around").content.cloneNode(true);
  const [note, actions] = around.children;
  const day = new Date(copy.headers.get("Date"));
  note.querySelector("time").textContent = day.toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
  actions.querySelector("button").addEventListener("click", async () => {
    await takeOff(address);
    location.reload();
  });
  return [note, ...(await parts(copy)).childNodes, actions];
}

/** The page that shows what is on this device; at the address of a kept visit, its copy instead. */
async function offlinePage() {
  const copy = here && (await copyOf(here));
  if (copy) {
    find("device").replaceChildren(...(await shown(copy, here)));
    document.title = nameOf(document);
    return;
  }
  for (const address of await addresses()) await offer(address);
  await offerPages();
  for (const what of ["lists", "pages"]) find(`no-${what}`).hidden = find(what).childElementCount > 0;
  find("clear").closest("section").hidden = false;
  find("clear").addEventListener("click", async () => {
    for (const name of ["lists", "pages"]) await caches.delete(name);
    location.reload();
  });
}

/** A list by the day of its visit. With a connection its copy is renewed, also while somebody reads it. */
async function offer(address) {
  const copy = await copyOf(address);
  const entry = find("list").content.cloneNode(true).firstElementChild;
  const summary = entry.querySelector("summary");
  summary.textContent = nameOf(await parts(copy));
  const show = async () => {
    const now = await copyOf(address);
    if (!now) return location.reload();
    entry.replaceChildren(summary, ...(entry.open ? await shown(now, address) : []));
  };
  entry.addEventListener("toggle", show);
  renew(address, copy.headers.get("Expires")).then(show);
  find("lists").append(entry);
}

async function offerPages() {
  const pages = await caches.open("pages");
  for (const request of (await pages.keys()).reverse()) {
    const copy = await pages.match(request);
    if (new Date(copy.headers.get("Expires")) < new Date()) continue;
    const { title } = new DOMParser().parseFromString((await copy.text()).slice(0, 2_000), "text/html");
    const entry = find("page").content.cloneNode(true);
    const link = entry.querySelector("a");
    link.href = request.url;
    link.textContent = title.replace(/ \| MS Infusion$/, "");
    find("pages").append(entry);
  }
}

async function start() {
  await dropOver();
  if (gone !== undefined) await takeOff(here);
  else if (ends) await visitPage();
  else await offlinePage();
}

if (window.caches) start();

// What htmx leaves out on the page of a kept visit. It stands here, since a file of its own would be one request more.

// Without a connection, the line that was not saved says so.
document.addEventListener("htmx:sendError", ({ target }) => {
  const line = target.closest("li");
  line.querySelector(":scope > [role=alert]")?.remove();
  line.append(document.querySelector("template[data-unsent]").content.cloneNode(true));
});

// Where the whole page is exchanged, whoever uses it by ear or by keyboard is at its top.
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target !== document.body) return;
  const top = document.querySelector("main [role=alert], h1");
  top.tabIndex = -1;
  top.focus();
});
