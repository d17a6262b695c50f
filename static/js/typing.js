// Whoever types is there: their session goes on while they do. Where it has ended already, the page says so before the words
// are sent and lost.
const PAUSE = 5 * 60_000; // milliseconds
const { saidOut } = document.currentScript.dataset;
let asked = Date.now();

document.addEventListener("input", async () => {
  if (Date.now() - asked < PAUSE) return;
  asked = Date.now();
  const answer = await fetch("/admin/jsi18n/", { method: "HEAD", cache: "no-store" });
  if (!answer.redirected || document.querySelector("[data-out]")) return;
  const note = Object.assign(document.createElement("p"), { className: "errornote", textContent: saidOut, role: "alert" });
  note.dataset.out = "";
  document.querySelector("#content").prepend(note);
});
