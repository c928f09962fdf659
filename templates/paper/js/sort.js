// A click on the head of a column sorts a table by it: up, down, and as it was.
(() => {
  const { element } = page;
  const collator = new Intl.Collator("en", { numeric: true });

  const valueOf = (row, place) => {
    const cell = row.cells[place];
    const data = cell && cell.querySelector("data");
    return data ? Number(data.value) : (cell ? cell.textContent.trim() : "");
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return collator.compare(a, b);
  };

  const sort = (table, rows, place, direction) => {
    const sorted = direction === 0 ? rows : [...rows].sort((a, b) => direction * compare(valueOf(a, place), valueOf(b, place)));
    table.tBodies[0].append(...sorted);
  };

  // Rows of the matrix of verdicts are in the order of its columns.
  for (const table of document.querySelectorAll(".tabular:not(#table-verdicts) table, .numbers table")) {
    const heads = [...table.querySelectorAll("thead th")];
    const rows = [...table.tBodies[0].rows];
    const regular = table.tHead && table.tHead.rows.length === 1 &&
      [...table.rows].every((row) => row.parentElement !== table.tBodies[0] || row.cells.length === heads.length);
    if (rows.length < 3 || !regular) continue;
    heads.forEach((head, place) => {
      let direction = 0;
      const button = element("button", { type: "button", class: "sort", onclick: () => {
        const next = { 0: 1, 1: -1, "-1": 0 }[direction];
        for (const other of heads) other.removeAttribute("aria-sort");
        table.dispatchEvent(new CustomEvent("unsort"));
        direction = next;
        if (direction) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        sort(table, rows, place, direction);
      } });
      table.addEventListener("unsort", () => { direction = 0; });
      button.append(...head.childNodes);
      head.append(button);
    });
  }
})();
