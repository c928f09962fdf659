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

  const describe = (data) => {
    const title = document.createElement("b");
    const list = document.createElement("dl");
    const words = metricOf(data).replaceAll("_", " ");
    title.textContent = words[0].toUpperCase() + words.slice(1);
    const name = (slug) => (source.models[slug] || { name: slug }).name;
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

  let shown = null;
  const show = (data) => {
    if (shown === data) return;
    hide();
    shown = data;
    describe(data);
    bubble.hidden = false;
    const box = data.getBoundingClientRect();
    const size = bubble.getBoundingClientRect();
    const room = document.documentElement.clientWidth - size.width - 8;
    const below = box.bottom + size.height + 8 < innerHeight;
    bubble.style.left = `${scrollX + Math.max(8, Math.min(box.left, room))}px`;
    bubble.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - size.height - 6)}px`;
  };
  const hide = () => { bubble.hidden = true; shown = null; };
  const numberAt = (target) => target.closest && target.closest("[data-path]");

  document.addEventListener("pointerover", (event) => {
    const data = numberAt(event.target);
    if (data) show(data);
    else if (document.activeElement !== shown) hide();
  });
  document.addEventListener("click", (event) => {
    const data = numberAt(event.target);
    if (data && !data.closest("a")) { data.tabIndex = -1; data.focus({ preventScroll: true }); show(data); }
    else hide();
  });
  document.addEventListener("focusin", (event) => {
    const data = numberAt(event.target);
    if (data) show(data);
  });
  document.addEventListener("focusout", hide);

  // ── One button, and the arrow keys, reach every number without a tab stop for each.
  const numbers = () => [...document.querySelectorAll("[data-path]")].filter(page.isShown);
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
    const data = document.activeElement && numberAt(document.activeElement);
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
