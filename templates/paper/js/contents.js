// The contents beside the text: mark where the reader is. Boxes that are wider than the page: reached by the keyboard.
(() => {
  const links = new Map(
    [...document.querySelectorAll(".sidebar ol a")].map((link) => [link.hash.slice(1), link])
  );
  const headings = [...page.report.querySelectorAll("h2[id], h3[id]")].filter((h) => links.has(h.id));
  let current = null;
  const follow = () => {
    const above = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 3);
    const next = links.get((above.pop() || headings[0] || {}).id);
    if (!next || next === current) return;
    if (current) current.removeAttribute("aria-current");
    next.setAttribute("aria-current", "location");
    if (next.offsetParent) next.scrollIntoView({ block: "nearest", behavior: "instant" });
    current = next;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();

  const markScrollable = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  const sizes = new ResizeObserver(markScrollable);
  for (const box of document.querySelectorAll(".scroll, .scroll > *")) sizes.observe(box);
  markScrollable();

  // A link to the matrices of shares shows shares.
  const showLinked = () => {
    const target = document.getElementById(location.hash.slice(1));
    const shown = target && target.dataset.shows;
    if (shown) target.parentElement.querySelector(`.switch [value="${shown}"]`).checked = true;
  };
  addEventListener("hashchange", showLinked);
  showLinked();

  // Which model, and which pair, a number is about: its path says so.
  page.modelOf = (node) => (/^models\.([^.#]+)/.exec(node.dataset.path) || [])[1];
  page.pairOf = (node) => ((/^pairs\.([^.#]+)/.exec(node.dataset.path) || [])[1] || "").split("--").filter(Boolean);

  // An open cell of a confusion matrix closes with Escape, and the focus returns to the cell.
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector(".cell:target");
    if (event.key !== "Escape" || !open || document.querySelector("dialog[open]")) return;
    const link = document.querySelector(`.matrix a[href="#${open.id}"]`);
    history.replaceState(null, "", location.pathname + location.search);
    location.replace(`#${open.parentElement.id}`);
    link.focus({ preventScroll: true });
  });
})();
