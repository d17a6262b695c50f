// Copies of kept lists on this device, for who asks for one. Each is the text of a list under the visit's own address. They
// are made and read by pages alone, in a store that the service worker never opens.
//
// Its tag says what the page knows: data-ends, the day after which the visit of this address is deleted; or data-gone, that
// no visit is there any more. Without either it is the page that shows what is on this device.
const { ends, gone } = document.currentScript.dataset;
const here = location.pathname.match(/^\/visits\/[\w-]{22}\//)?.[0];
const find = (name) => document.querySelector(`[data-${name}]`);
const openLists = () => caches.open("lists");

/** Puts a new copy on this device. Where the visit is gone, its copy goes too; where no answer comes, what is there stays. */
async function put(address, expires) {
  const lists = await openLists();
  const answer = await fetch(`${address}list/`);
  if (answer.status === 404) return lists.delete(address);
  if (!answer.ok) throw new Error("The site can’t give the list now.");
  const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = body.querySelector("main");
  for (const part of main.querySelectorAll("form, button, .screen-only, .sheet")) part.remove();
  for (const box of main.querySelectorAll("input")) box.disabled = true;
  const headers = { "Content-Type": "text/html; charset=utf-8", Date: new Date().toUTCString(), Expires: expires };
  return lists.put(address, new Response(main.innerHTML, { headers }));
}

/** A copy as parts of a page. Nothing in it runs: it was made by our own site, and the policy of this page allows no script
    in it. */
async function parts(copy) {
  const { body } = new DOMParser().parseFromString(await copy.text(), "text/html");
  return document.adoptNode(body);
}

async function dropOver() {
  const lists = await openLists();
  for (const address of await lists.keys()) {
    const copy = await lists.match(address);
    if (new Date(copy.headers.get("Expires")) < new Date()) await lists.delete(address);
  }
}

/** The page of a kept visit: puts a copy on this device or takes it off when asked, and renews the one that is there. */
async function visitPage() {
  const lists = await openLists();
  const expires = new Date(Date.parse(ends) + 86_400_000).toUTCString();
  const section = find("copy");
  const show = async (failed = false) => {
    if (!section) return;
    const there = Boolean(await lists.match(here));
    section.hidden = false;
    find("there").hidden = find("take").hidden = !there;
    find("put").hidden = there;
    find("failed").hidden = !failed;
  };
  // One after the other, so that an older answer never replaces a newer one.
  let last = Promise.resolve();
  const renew = () => {
    last = last.then(async () => {
      if (await lists.match(here)) await put(here, expires).catch(() => {});
    });
    return last;
  };
  find("put")?.addEventListener("click", () => put(here, expires).then(() => show(), () => show(true)));
  find("take")?.addEventListener("click", () => lists.delete(here).then(() => show()));
  document.addEventListener("htmx:afterRequest", renew);
  await renew();
  await show();
}

function about(copy, address) {
  const note = find("about").content.cloneNode(true);
  const made = new Date(copy.headers.get("Date"));
  note.querySelector("time").textContent = made.toLocaleString("en-US", { dateStyle: "full", timeStyle: "short" });
  note.querySelector("button").addEventListener("click", async () => {
    await (await openLists()).delete(address);
    location.reload();
  });
  return note;
}

/** The page that shows what is on this device; at the address of a kept visit, its copy instead. */
async function offlinePage() {
  const lists = await openLists();
  const copy = here && (await lists.match(here));
  if (copy) {
    const list = await parts(copy);
    document.title = list.querySelector("h1").textContent;
    find("device").replaceChildren(about(copy, here), ...list.childNodes);
    return;
  }
  for (const { url } of await lists.keys()) await offer(lists, new URL(url).pathname);
  await offerPages();
  find("clear").addEventListener("click", async () => {
    for (const name of ["lists", "pages"]) await caches.delete(name);
    location.reload();
  });
}

/** A list by the day of its visit. With a connection its copy is renewed, also while somebody reads it. */
async function offer(lists, address) {
  const copy = await lists.match(address);
  const entry = find("list").content.cloneNode(true).firstElementChild;
  const summary = entry.querySelector("summary");
  summary.textContent = (await parts(copy)).querySelector("h1").textContent;
  const show = async () => {
    const now = await lists.match(address);
    if (!now) return location.reload();
    entry.replaceChildren(summary, ...(entry.open ? [about(now, address), ...(await parts(now)).childNodes] : []));
  };
  entry.addEventListener("toggle", show);
  put(address, copy.headers.get("Expires")).then(show, () => {});
  find("lists").append(entry);
  find("no-lists").hidden = true;
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
    find("no-pages").hidden = true;
  }
}

async function start() {
  await dropOver();
  if (gone !== undefined) await (await openLists()).delete(here);
  else if (ends) await visitPage();
  else await offlinePage();
}

if (window.caches) start();
