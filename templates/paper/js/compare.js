// Two models side by side: their difference, every table that has a row or a column of both, and both matrices.
(() => {
  const models = page.source.models;
  const slugs = Object.keys(models);
  if (slugs.length < 2) return;
  const { element } = page;

  const copyOf = (node) => {
    const copy = node.cloneNode(true);
    for (const each of copy.querySelectorAll("[id]")) each.removeAttribute("id");
    for (const each of copy.querySelectorAll(".sort")) each.replaceWith(...each.childNodes);
    return copy;
  };
  const content = (cell) => (cell ? [...copyOf(cell).childNodes] : []);
  const words = (node) => node.textContent.trim();

  // What a table states of both: [what, cell of the first, cell of the second].
  const sharedRows = (table, [first, second]) => {
    const heads = [...table.querySelectorAll("thead tr:last-child th")];
    const rows = [...table.querySelectorAll("tbody tr")];
    const columns = [first, second].map((name) => heads.findIndex((th) => words(th) === name));
    if (columns.every((place) => place > 0)) {
      return rows.map((row) => [words(row.cells[0]), ...columns.map((place) => row.cells[place])]);
    }
    const pair = [first, second].map((name) => rows.filter((row) => words(row.cells[0]) === name));
    if (!pair.every((found) => found.length === 1)) return [];
    return heads.slice(1).map((th, place) => [words(th), ...pair.map(([row]) => row.cells[place + 1])]);
  };

  const numbersOf = (chosen) => {
    const names = chosen.map((slug) => models[slug].name);
    const body = element("tbody");
    for (const figure of document.querySelectorAll(".tabular")) {
      const rows = sharedRows(figure.querySelector("table"), names);
      if (!rows.length || figure.id === "table-verdicts") continue;
      const label = figure.querySelector(".label").textContent.replace(/\.$/, "");
      const link = element("a", { href: `#${figure.id}`, onclick: (event) => event.target.closest("dialog").close() }, label);
      body.append(element("tr", { class: "source" }, element("th", { colspan: "3", scope: "rowgroup" }, link)));
      for (const [what, ...cells] of rows) {
        body.append(element("tr", {}, element("th", { scope: "row" }, what),
          ...cells.map((cell) => element("td", { class: "number" }, ...content(cell)))));
      }
    }
    const head = ["", ...names].map((name) => (name ? element("th", { scope: "col", class: "number" }, name) : element("td")));
    return element("div", { class: "scroll", tabindex: "0" }, element("table", {}, element("thead", {}, element("tr", {}, ...head)), body));
  };

  const matricesOf = (chosen) => {
    const found = chosen.map((slug) => document.querySelector(`#matrix-${slug} > .scroll`)).filter(Boolean);
    if (found.length < 2) return "";
    const shown = element("div", { class: "matrices" }, copyOf(document.querySelector(".switch")),
      element("div", { class: document.querySelector(".matrix-grid").className }, ...found.map((box) => element("div", { class: "matrix" }, copyOf(box)))));
    for (const radio of shown.querySelectorAll("input")) radio.name = "compared-values";
    for (const link of shown.querySelectorAll("a")) link.addEventListener("click", () => link.closest("dialog").close());
    return shown;
  };

  // The row of the table of differences, under its headings.
  const differenceOf = ([first, second]) => {
    const row = [`${first}--${second}`, `${second}--${first}`]
      .map((pair) => document.querySelector(`#table-pairs [data-path^="pairs.${pair}."]`)?.closest("tr")).find(Boolean);
    if (!row) return "";
    const heads = [...row.closest("table").querySelectorAll("thead th")];
    // Below each other, so that a narrow screen shows the verdict too.
    const rows = heads.map((head, place) => element("tr", {}, element("th", { scope: "row" }, words(head)), element("td", {}, ...content(row.cells[place]))));
    return element("table", {}, element("tbody", {}, ...rows));
  };

  const show = () => {
    const ranked = [...document.querySelectorAll("#table-accuracy tbody th")].map(words);
    const start = ranked.map((name) => slugs.find((slug) => models[slug].name === name)).filter(Boolean);
    const chosen = [start[0] || slugs[0], start[1] || slugs[1]];
    const body = element("div");
    const fill = () => body.replaceChildren(
      chosen[0] === chosen[1] ? "Choose two different models." : differenceOf(chosen), numbersOf(chosen), matricesOf(chosen));
    const choices = [0, 1].map((place) => {
      const select = element("select", { "aria-label": place ? "Second model" : "First model", onchange: () => { chosen[place] = select.value; fill(); } },
        ...slugs.map((slug) => element("option", { value: slug }, models[slug].name)));
      select.value = chosen[place];
      return select;
    });
    page.dialog("Two models side by side", element("p", { class: "choice" }, choices[0], " and ", choices[1]), body).classList.add("large");
    fill();
  };
  page.addTool("Side by side", "s", "Compare two models side by side", show);
})();
