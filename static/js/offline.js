// What worker.js does is extra: where a browser has no worker or wants none, the page lacks nothing. Nobody waits for it.
if (navigator.serviceWorker) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
