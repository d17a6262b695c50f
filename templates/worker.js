// The worker comes when the page has been drawn: no reader waits for it.
addEventListener("load", () => setTimeout(() => navigator.serviceWorker?.register("/sw.js").catch(() => {}), 300));
