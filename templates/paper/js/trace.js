// Where a number comes from: numbers in the text, in tables and in figures.
(() => {
  const source = page.source;
  document.documentElement.classList.add("traced");
  const bubble = document.createElement("div");
  bubble.className = "provenance";
  bubble.id = "number-source";
  bubble.setAttribute("role", "status");
  bubble.hidden = true;
  document.body.append(bubble);

  const row = (list, name, value, code) => {
    if (!value) return;
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    const inner = code ? document.createElement("code") : text;
    term.textContent = name;
    inner.textContent = value;
    if (code) text.append(inner);
    list.append(term, text);
  };

  const unique = (values) => [...new Set(values.filter(Boolean))].join(", ");

  const runsOf = (data) => {
    const model = page.modelOf(data);
    const chosen = /\.runs\.(\d+)\./.exec(data.dataset.path);
    const slugs = model ? [model] : page.pairOf(data);
    const runs = slugs.flatMap((slug) => (source.models[slug] || { runs: [] }).runs);
    return chosen ? runs.slice(+chosen[1], +chosen[1] + 1) : runs;
  };

  // The metric is the last step of a path that is a name.
  const steps = new Set(["mean", "sd", "minimum", "maximum", "low", "high", "value", "interval", "first", "second"]);
  const metricOf = (data) => data.dataset.path.split(".").filter((step) => !steps.has(step) && !/^[\d#]+$/.test(step)).pop() || "";

  const name = (slug) => (source.models[slug] || { name: slug }).name;

  const describe = (data) => {
    const title = document.createElement("b");
    const list = document.createElement("dl");
    const words = metricOf(data).replaceAll("_", " ");
    title.textContent = words[0].toUpperCase() + words.slice(1);
    const box = data.getBoundingClientRect();
    const mark = data.ownerSVGElement && marks.near(data.ownerSVGElement, box.x + box.width / 2, box.y + box.height / 2);
    if (mark?.inside) row(list, "Shows", mark.text);
    row(list, "Printed", data.textContent);
    row(list, "Value", data.value);
    const model = page.modelOf(data);
    row(list, "Model", model ? name(model) : page.pairOf(data).map(name).join(" minus "));
    const cls = /per_class\.(\d+)|class_f1_differences\.(\d+)/.exec(data.dataset.path);
    if (cls) row(list, "Class", source.classes[+(cls[1] ?? cls[2])]);
    const runs = runsOf(data);
    row(list, runs.length > 1 ? "Seeds" : "Seed", unique(runs.map((run) => String(run.seed))));
    row(list, runs.length > 1 ? "Runs" : "Run", unique(runs.map((run) => run.key.slice(0, 12))), true);
    row(list, "Data", source.data.slice(0, 12), true);
    row(list, "Commit", unique(runs.map((run) => run.commit && run.commit.slice(0, 12))), true);
    row(list, "Device", unique(runs.map((run) => run.device)));
    row(list, "Path", data.dataset.path, true);
    bubble.replaceChildren(title, list);
  };

  // A mark of a figure says what it shows, below the name of its model.
  const read = (text, model) => {
    const title = document.createElement("b");
    title.textContent = model ? name(model) : "";
    bubble.replaceChildren(...(model ? [title] : []), text);
  };

  let shown = null;
  const show = (data) => {
    if (shown === data) return;
    hide();
    shown = data;
    const { reading } = data.dataset;
    if (reading) read(reading, data.closest("[data-model]")?.dataset.model);
    else describe(data);
    place(data.getBoundingClientRect());
  };
  const place = (box) => {
    bubble.hidden = false;
    const size = bubble.getBoundingClientRect();
    const room = document.documentElement.clientWidth - size.width - 8;
    const below = box.bottom + size.height + 8 < innerHeight;
    bubble.style.left = `${scrollX + Math.max(8, Math.min(box.left, room))}px`;
    bubble.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - size.height - 6)}px`;
  };
  const hide = () => { bubble.hidden = true; shown = null; };
  const numberAt = (target) => target.closest?.("[data-path]");
  const markAt = (event) => {
    const drawing = event.target.closest?.(".card svg");
    return drawing && marks.near(drawing, event.clientX, event.clientY);
  };
  const showMark = (mark) => {
    shown = null;
    read(mark.text, mark.model);
    place(mark.box);
  };

  // Over a drawing the next mark answers, or the number itself.
  const point = (event) => {
    const data = numberAt(event.target);
    const mark = !data && markAt(event);
    if (data) show(data);
    else if (mark) showMark(mark);
    else if (!shown || document.activeElement !== shown) hide();
  };
  document.addEventListener("pointerover", point);
  document.addEventListener("pointermove", (event) => { if (event.target.closest?.(".card svg")) point(event); });
  document.addEventListener("click", (event) => {
    const data = numberAt(event.target);
    if (data && !data.closest("a")) { data.tabIndex = -1; data.focus({ preventScroll: true }); show(data); }
    else if (!markAt(event)) hide();
    else showMark(markAt(event));
  });
  document.addEventListener("focusin", (event) => {
    const data = event.target.closest(PLACES);
    if (data) show(data);
  });
  document.addEventListener("focusout", hide);

  // ── One button, and the arrow keys, reach every number and every mark without a tab stop for each.
  const PLACES = "[data-path], [data-reading]";
  const numbers = () => {
    document.querySelectorAll(".card > svg").forEach(marks.of);
    return [...document.querySelectorAll(PLACES)].filter(page.isShown);
  };
  const go = (data) => {
    if (!data) return;
    data.tabIndex = -1;
    data.focus();
    data.scrollIntoView({ block: "nearest", behavior: "instant" });
    bubble.hidden = true; shown = null; show(data);
  };
  const button = page.addTool("Trace numbers", "t", "Step through the numbers with the arrow keys; Escape ends", (event) => {
    event.stopPropagation();
    const all = numbers();
    go(all.find((data) => data.getBoundingClientRect().top >= 0) || all[0]);
  });
  document.addEventListener("keydown", (event) => {
    const data = document.activeElement?.closest(PLACES);
    if (!data) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      const all = numbers();
      event.preventDefault();
      go(all[all.indexOf(data) + step]);
    } else if (event.key === "Escape") {
      hide();
      button.focus();
    }
  });
})();
