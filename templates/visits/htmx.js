// htmx comes at the first sign of a person: who only looks does not wait for it. An answer given before it came is said
// again, to it.
const htmxCome = new AbortController();
let answered;
for (const sign of ["change", "focusin", "keydown", "pointerdown", "pointermove", "touchstart", "wheel"]) {
  addEventListener(sign, ({ type, target }) => {
    if (type === "change") answered = target;
    const place = document.querySelector("template[data-htmx]");
    if (!place) return;
    const script = document.createElement("script");
    script.src = place.dataset.htmx;
    script.onload = () => {
      htmxCome.abort();
      answered?.dispatchEvent(new Event("change", { bubbles: true }));
    };
    place.replaceWith(script);
  }, { signal: htmxCome.signal });
}
