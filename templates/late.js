addEventListener("load", () => setTimeout(() => navigator.serviceWorker?.register("/sw.js").catch(() => {}), 300));
for (const event of ["load", "hashchange"]) addEventListener(event, () => {
  const place = document.getElementById(location.hash.slice(1));
  const closed = place?.closest("details:not([open])");
  if (closed) closed.open = true, place.scrollIntoView();
});
if (!CSS.supports("selector(::details-content)")) addEventListener("beforeprint", () => {
  for (const closed of document.querySelectorAll("details")) closed.open = true;
});
