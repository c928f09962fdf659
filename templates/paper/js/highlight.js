// One model highlighted in all figures and tables at once; all others are dimmed in figures.
(() => {
  const models = Object.entries(page.source.models).map(([slug, { name }]) => ({ slug, name }));
  if (models.length < 2) return;
  const { element } = page;
  const names = new Map(models.map(({ slug, name }) => [name, slug]));
  const text = (node) => node.textContent.trim();

  // The rows, columns, matrices and marks of each model are found once, when they are first needed.
  let parts = null;
  const find = () => {
    const found = [];
    const add = (slug, node) => found.push({ slug, node });
    for (const table of document.querySelectorAll(".tabular table, .numbers table")) {
      const heads = [...table.querySelectorAll("thead th")].map((th) => names.get(text(th)));
      for (const row of table.rows) {
        const slug = row.parentElement.tagName === "THEAD" ? undefined : names.get(text(row.cells[0]));
        [...row.cells].forEach((cell, place) => {
          if (slug) add(slug, cell);
          if (heads[place]) add(heads[place], cell);
          const own = cell.querySelector("data[data-path]");
          if (!slug && !heads[place] && own && page.modelOf(own)) add(page.modelOf(own), cell);
        });
      }
    }
    for (const { slug } of models) {
      const matrix = document.getElementById(`matrix-${slug}`);
      if (matrix) add(slug, matrix);
    }
    for (const node of document.querySelectorAll("svg [data-model]")) add(node.dataset.model, node);
    for (const node of document.querySelectorAll("svg text")) {
      const slug = names.get(text(node)) || (node.dataset.path && page.modelOf(node));
      if (slug) add(slug, node);
    }
    return found;
  };

  const highlight = (slug) => {
    parts ||= find();
    for (const part of parts) {
      part.node.classList.toggle("lit", part.slug === slug);
      part.node.classList.toggle("dim", Boolean(slug) && part.slug !== slug);
    }
  };

  const select = element("select", { onchange: () => highlight(select.value) },
    element("option", { value: "" }, "no model"),
    ...models.map(({ slug, name }) => element("option", { value: slug }, name)));
  page.tools.append(element("label", { class: "choice" }, "Highlight ", select));
  page.addKey("h", "Highlight the next model, after the last one none", () => {
    select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
    highlight(select.value);
    page.say(`Highlighted: ${select.selectedOptions[0].textContent}`);
  });
})();
