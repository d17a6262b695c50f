// What no reader waits for comes when the page has been drawn: scripts that make it smoother, and the worker.
addEventListener("load", () => setTimeout(() => {
  for (const { dataset } of document.querySelectorAll("template[data-late]")) {
    document.head.append(Object.assign(document.createElement("script"), { src: dataset.late }));
  }
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}, 300));
