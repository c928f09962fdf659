// Reloads the page when the report was built anew, and shows what a build does or why it failed.
"use strict";
(() => {
  const shown = Number(document.currentScript.dataset.document);
  const PLACE = "reportgen-place";
  let reloading = false;

  const host = document.createElement("div");
  const panel = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  // A constructed style sheet, because the page's policy lets no other in.
  sheet.replaceSync(`
    :host { all: initial; }
    section { position: fixed; inset: auto 0 0 0; z-index: 2147483647; max-height: 60vh;
      overflow: auto; padding: 12px 20px; font: 15px/1.45 system-ui, sans-serif;
      color: #fff; background: #20303f; box-shadow: 0 -2px 12px rgb(0 0 0 / 35%); }
    section.problem { background: #7d1721; }
    section[hidden] { display: none; }
    h2 { margin: 0 0 6px; font-size: 15px; }
    pre { margin: 0; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap;
      overflow-wrap: anywhere; }
    progress { width: 100%; accent-color: #8cc3f2; }
    @media print { section { display: none; } }
  `);
  panel.adoptedStyleSheets = [sheet];

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  const message = element("pre", {});
  const heading = element("h2", {});
  const problem = element("section", { className: "problem", hidden: true }, heading, message);
  problem.setAttribute("role", "alert");
  const activity = element("span", {});
  const bar = element("progress", { max: 1 });
  const status = element("section", { hidden: true }, activity, bar);
  status.setAttribute("role", "status");
  panel.append(problem, status);
  document.body.append(host);

  function show(state) {
    problem.hidden = !state.problem;
    heading.textContent = state.heading || "The report was not built";
    message.textContent = state.problem || "";
    status.hidden = !state.activity || Boolean(state.problem);
    activity.textContent = state.activity || "";
    bar.hidden = state.fraction === null;
    if (!bar.hidden) bar.value = state.fraction;
  }

  // The place is kept by what is read, not by pixels: what stands above it may have grown.
  function rememberPlace() {
    let nearest = null;
    for (const marked of document.querySelectorAll("main [id]:not(svg *)")) {
      if (!marked.getClientRects().length) continue;
      const top = marked.getBoundingClientRect().top;
      if (top <= innerHeight / 3 && (!nearest || top >= nearest.top)) nearest = { id: marked.id, top };
    }
    const place = { y: scrollY, ...(scrollY > 0 ? nearest : null) };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  }

  function restorePlace(place) {
    const marked = place.id && document.getElementById(place.id);
    const y = marked ? scrollY + marked.getBoundingClientRect().top - place.top : place.y;
    scrollTo({ top: y, behavior: "instant" });
  }

  const kept = sessionStorage.getItem(PLACE);
  if (kept) {
    sessionStorage.removeItem(PLACE);
    const place = JSON.parse(kept);
    restorePlace(place);
    addEventListener("load", () => restorePlace(place));
  }
  // The browser restores its own idea of the place, in pixels, after the load: not on our reloads.
  addEventListener("pagehide", () => {
    history.scrollRestoration = reloading ? "manual" : "auto";
  });

  const events = new EventSource("/events");
  events.onmessage = (event) => {
    const state = JSON.parse(event.data);
    show(state);
    if (state.document !== shown) {
      reloading = true;
      events.close();
      rememberPlace();
      location.reload();
    }
  };
  events.onerror = () => {
    show({
      heading: "reportgen serve has ended",
      problem: "This page is no longer kept up to date. Start reportgen serve again.",
      activity: null,
      fraction: null,
    });
  };
})();
