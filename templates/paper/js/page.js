"use strict";

// What the other scripts share: the document as it was before them, elements, the tools, the keys.
const page = (() => {
  const pristine = document.documentElement.cloneNode(true);
  const source = JSON.parse(document.getElementById("provenance").textContent);
  const report = document.getElementById("report");

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== false) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  // ── The tools: beside the text where there is a sidebar, else after the page at a glance, so that the result comes first.
  const tools = element("div", { class: "tools", role: "group", "aria-label": "Tools" });
  const wide = matchMedia("(min-width: 70rem)");
  const place = () => (document.querySelector(wide.matches ? ".sidebar" : ".section.glance") || document.querySelector(".cover")).append(tools);
  wide.addEventListener("change", place);
  place();

  // ── Keys: single letters, which can be turned off.
  const keys = new Map();
  let listening = true;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog") || !keys.has(event.key)) return;
    if (!listening && event.key !== "?") return;
    event.preventDefault();
    keys.get(event.key).action(event);
  });
  const addKey = (key, title, action) => keys.set(key, { title, action });

  const addTool = (text, key, title, action) => {
    const button = element("button", { type: "button", title: `${title} (key ${key})`, onclick: action }, text);
    tools.append(button);
    addKey(key, title, action);
    return button;
  };

  // ── Dialogs, which Escape closes.
  const dialog = (title, ...content) => {
    const id = `dialog-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
    const close = element("button", { type: "button", class: "close", onclick: () => box.close() }, "Close");
    const box = element("dialog", { class: "box", "aria-labelledby": id }, close, element("h2", { id }, title), ...content);
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    return box;
  };

  const said = element("div", { class: "said", role: "status" });
  document.body.append(said);
  let quiet;
  const say = (text) => {
    said.textContent = text;
    clearTimeout(quiet);
    quiet = setTimeout(() => { said.textContent = ""; }, 4000);
  };

  const save = (name, type, text) => {
    const address = URL.createObjectURL(new Blob([text], { type }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };

  const showKeys = () => {
    const list = element("dl", { class: "keys" });
    for (const [key, { title }] of keys) {
      list.append(element("dt", {}, element("kbd", {}, key)), element("dd", {}, title));
    }
    const box = element("input", { type: "checkbox", onchange: () => { listening = box.checked; } });
    box.checked = listening;
    dialog("Keys", list, element("p", {}, element("label", {}, box, " Listen to these keys")));
  };
  // The last one, once all other scripts have added theirs.
  queueMicrotask(() => addTool("Keys", "?", "Show the keys", showKeys));

  const isShown = (node) => node.getClientRects().length > 0;
  return { pristine, source, report, element, tools, addKey, addTool, dialog, say, save, isShown };
})();
