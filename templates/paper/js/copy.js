// Copy a table as LaTeX, CSV or Markdown, and a figure as SVG.
(() => {
  const { element } = page;

  const gridOf = (table) => [...table.rows].filter((row) => !row.matches(".axes")).map((row) => ({
    head: row.parentElement.tagName === "THEAD",
    cells: [...row.cells].flatMap((cell) => [
      cell.innerText.replace(/[ \t\n]+/g, " ").trim(), ...Array(cell.colSpan - 1).fill(""),
    ]),
    numbers: [...row.cells].flatMap((cell) => Array(cell.colSpan).fill(cell.matches(".number, .matrix td"))),
  }));

  const latexWords = {
    "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "±": "$\\pm$", "−": "$-$", "×": "$\\times$",
    "≈": "$\\approx$", "≠": "$\\neq$", "≤": "$\\leq$", "≥": "$\\geq$", "↑": "$\\uparrow$", "↓": "$\\downarrow$", "<": "$<$", ">": "$>$",
    "–": "--", "—": "---", "\u00a0": "~", "\u202f": "\\,", "▲": "$\\blacktriangle$", "▼": "$\\blacktriangledown$",
  };
  const latexText = (text) => text.replace(/[&%$#_{}]/g, "\\$&").replace(/\\(?![&%$#_{}])|[~^±−×≈≠≤≥↑↓<>–—\u00a0\u202f▲▼]/g, (c) => latexWords[c]);

  const writers = {
    LaTeX: (rows, caption) => {
      const columns = rows[0].cells.map((_, place) => (rows.some((row) => row.numbers[place]) ? "r" : "l")).join("");
      const line = ({ cells }) => `${cells.map(latexText).join(" & ")} \\\\`;
      const head = rows.filter((row) => row.head).map(line), body = rows.filter((row) => !row.head).map(line);
      return ["\\begin{table}", "  \\centering", `  \\caption{${latexText(caption)}}`, `  \\begin{tabular}{${columns}}`, "    \\toprule",
        ...head.map((text) => `    ${text}`), "    \\midrule", ...body.map((text) => `    ${text}`), "    \\bottomrule",
        "  \\end{tabular}", "\\end{table}", ""].join("\n");
    },
    // A cell that a spreadsheet would read as a formula stays text.
    CSV: (rows) => rows.map(({ cells }) => cells
      .map((text) => text.replace(/[\u00a0\u202f]/g, " ").replace(/^[=+@]/, "'$&"))
      .map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")).join("\r\n") + "\r\n",
    Markdown: (rows) => {
      const line = (cells) => `| ${cells.join(" | ")} |`;
      const [first, ...rest] = rows.map(({ cells }) => cells.map((text) => text.replace(/[\\|]/g, "\\$&")));
      return [line(first), line(first.map((_, place) => (rows.some((row) => row.numbers[place]) ? "---:" : "---"))), ...rest.map(line), ""].join("\n");
    },
  };

  const put = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
      page.say(`Copied as ${what}`);
    } catch {
      // Browsers without a clipboard for files: the text can be copied by hand.
      const area = element("textarea", { rows: "12", "aria-label": what }, text);
      page.dialog(`Copy as ${what}`, area);
      area.select();
    }
  };

  const svgOf = (drawing) => {
    const copy = drawing.cloneNode(true);
    const { width, height } = drawing.viewBox.baseVal;
    copy.setAttribute("width", `${width}pt`);
    copy.setAttribute("height", `${height}pt`);
    return new XMLSerializer().serializeToString(copy);
  };

  const button = (text, action) => element("button", { type: "button", onclick: action }, text);
  for (const figure of document.querySelectorAll("figure.tabular, figure.figure")) {
    const caption = figure.querySelector("figcaption");
    const captionText = caption.textContent.replace(/^\w+ \d+\.\s*/, "").trim();
    const menu = element("span", { class: "copy", role: "group", "aria-label": `Copy ${figure.id}` });
    const table = figure.querySelector(":scope > .scroll table, .numbers table");
    const drawing = figure.querySelector(".card > svg");
    if (table) {
      for (const [name, write] of Object.entries(writers)) {
        menu.append(button(name, () => {
          const details = table.closest("details");
          const wasOpen = !details || details.open;
          if (details) details.open = true;
          const text = write(gridOf(table), captionText);
          if (details) details.open = wasOpen;
          put(text, name);
        }));
      }
    }
    if (drawing) menu.append(button("SVG", () => page.save(`${figure.id}.svg`, "image/svg+xml", svgOf(drawing))));
    if (menu.childElementCount) caption.append(menu);
  }
  for (const matrix of document.querySelectorAll(".matrix")) {
    const menu = element("span", { class: "copy", role: "group", "aria-label": `Copy ${matrix.id}` });
    const table = matrix.querySelector("table");
    const caption = table.caption.textContent;
    for (const [name, write] of Object.entries(writers)) {
      menu.append(button(name, () => put(write(gridOf(table), caption), name)));
    }
    table.caption.append(menu);
  }
})();
