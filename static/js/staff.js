// Names for fields that Django's admin leaves without one: those in rows of a table, and the box to search in.
addEventListener("load", () => {
  const name = () => {
    for (const table of document.querySelectorAll(".tabular table")) {
      const heads = table.tHead.rows[0].cells;
      const rows = table.closest(".tabular").querySelector(".inline-heading").textContent.trim();
      for (const head of heads) if (!head.textContent.trim()) head.textContent = rows;
      for (const field of table.querySelectorAll("td input, td select, td .select2-selection")) {
        field.setAttribute("aria-label", heads[field.closest("td").cellIndex].textContent.trim().replace("?", ""));
        field.removeAttribute("aria-labelledby");
      }
    }
  };
  name();
  document.addEventListener("formset:added", () => setTimeout(name));
});
