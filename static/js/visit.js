// What htmx leaves out on the page of a kept visit.

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
