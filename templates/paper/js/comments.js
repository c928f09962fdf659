// Comments of reviewers: pick a paragraph, figure or table, write, and save the file as a copy or the comments as JSON.
(() => {
  const { element } = page;
  const { holder, most, clean } = commentsFile;
  const BLOCKS = "main figure[id], main :is(p, li, h2, h3)";
  let comments = commentsFile.read();
  let author = "";
  let unsaved = false;

  // ── Where a comment stands: what the next build finds again, though its numbers have changed.
  const headings = [...page.report.querySelectorAll("h2[id], h3[id]")];
  const sectionOf = (block) => headings.filter((heading) =>
    heading.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
  const masked = (block) => {
    const copy = block.cloneNode(true);
    for (const added of copy.querySelectorAll(".mark")) added.remove();
    return [...copy.textContent.replace(/\s+/g, " ").trim().replace(/\d/g, "#")].slice(0, 120).join("").trim();
  };
  const placeOf = (block) => {
    if (block.id) {
      const label = block.querySelector(".label");
      const words = label ? label.textContent.replace(/\.$/, "") : `the heading “${block.textContent.trim()}”`;
      return { place: `id:${block.id}`, anchor: block.id, label: clean(words, most.label) };
    }
    const section = sectionOf(block);
    const anchor = section ? section.id : "report";
    const label = clean(section ? `a paragraph of “${section.textContent.trim()}”` : "a paragraph", most.label);
    const claims = block.querySelectorAll("[data-claim]");
    const what = claims.length === 1 ? `claim:${anchor}:${claims[0].dataset.claim}` : `text:${anchor}:${masked(block)}`;
    return { place: clean(what, most.place), anchor, label };
  };
  const blockOf = (node) => {
    const start = node && (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
    return start && (start.closest("main figure[id]") || start.closest(BLOCKS));
  };

  // ── What the page shows of them.
  const show = () => {
    holder.innerHTML = commentsFile.write(comments);
    for (const mark of document.querySelectorAll(".mark")) mark.remove();
    const places = new Map();
    for (const { place, id } of comments) places.set(place, [...(places.get(place) || []), id]);
    for (const block of places.size ? document.querySelectorAll(BLOCKS) : []) {
      const found = places.get(placeOf(block).place);
      if (!found || (!block.id && block.closest("main figure[id]"))) continue;
      const text = `${found.length} comment${found.length > 1 ? "s" : ""}`;
      (block.querySelector("figcaption") || block).append(element("a", { class: "mark", href: `#comment-${found[0]}` }, text));
    }
    for (const article of holder.querySelectorAll("article")) {
      const one = () => comments.find(({ id }) => article.id === `comment-${id}`);
      const button = (text, action) => element("button", { type: "button", onclick: () => { action(); unsaved = true; show(); } }, text);
      article.append(element("p", { class: "comment-actions" },
        button(one().status === "open" ? "Resolve" : "Open again", () => { one().status = one().status === "open" ? "resolved" : "open"; }),
        button("Remove", () => { comments = comments.filter((each) => each !== one()); })));
    }
    actions.hidden = !comments.length && !unsaved;
  };

  const saved = (name, type, text) => { page.save(name, type, text); unsaved = false; };
  const actions = element("p", { class: "comment-actions" },
    element("button", { type: "button", onclick: () => saved("report-commented.html", "text/html", commentsFile.copy(comments)) }, "Save a copy with the comments"),
    element("button", { type: "button", onclick: () => saved("comments.json", "application/json", commentsFile.json(comments)) }, "Save the comments as JSON"));
  holder.after(actions);
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  // ── Writing one.
  const ask = (block, selected) => {
    const found = placeOf(block);
    const name = element("input", { type: "text", maxlength: String(most.author), autocomplete: "name" });
    name.value = author;
    const words = element("textarea", { rows: "5", maxlength: String(most.text), required: "" });
    const add = () => {
      const text = clean(words.value, most.text);
      if (!text) { words.focus(); return; }
      author = clean(name.value.replaceAll("\n", " "), most.author);
      comments.push({
        id: [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
        author: author || "Anonymous", time: new Date().toISOString().slice(0, 19) + "Z", ...found,
        quote: clean(selected.replace(/\s+/g, " "), most.quote), text, status: "open",
      });
      unsaved = true;
      show();
      box.close();
      page.say("Comment added. Save a copy at the end of the page to keep it.");
    };
    const box = page.dialog("Comment", element("p", {}, `On ${found.label}`), selected ? element("blockquote", {}, selected.slice(0, most.quote)) : "",
      element("label", {}, "Name", name), element("label", {}, "Comment", words), element("button", { type: "button", onclick: add }, "Add comment"));
    words.focus();
  };

  // ── Choosing what it is about: the selected text, or what is clicked next.
  let picking = false;
  const pick = (on) => {
    picking = on;
    document.documentElement.classList.toggle("picking", on);
    for (const block of document.querySelectorAll(BLOCKS)) {
      if (on) block.tabIndex = 0; else block.removeAttribute("tabindex");
    }
    if (on) page.say("Choose a paragraph, a figure or a table; Escape ends");
  };
  const choose = (event) => {
    const block = picking && blockOf(event.target);
    if (!block) return;
    event.preventDefault();
    event.stopPropagation();
    pick(false);
    ask(block, "");
  };
  document.addEventListener("click", choose, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(event);
    else if (event.key === "Escape" && picking) pick(false);
  }, true);
  page.addTool("Comment", "c", "Comment on the selected text, or on what you choose next", () => {
    const selection = getSelection();
    const block = !selection.isCollapsed && blockOf(selection.anchorNode);
    if (block) ask(block, selection.toString());
    else pick(!picking);
  });
  show();
})();
