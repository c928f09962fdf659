// The comments of reviewers as the file holds them: text alone, in one form that `reportgen verify` recognises.
const commentsFile = (() => {
  const holder = document.getElementById("comments");
  const most = { author: 80, label: 80, quote: 300, text: 4000, place: 300 };

  // Nothing that a reader cannot see: no control characters, no marks that reorder text.
  const clean = (text, limit) => [...text.replaceAll("\r\n", "\n")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (c) => (c === "\n" ? c : ""))].slice(0, limit).join("").trim();

  const references = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
  const escape = (text) => text.replace(/[&<>"']/g, (c) => references[c]);

  // What is not in this form is no comment: `reportgen verify` reports it, and the page does not show it.
  const read = () => { try { return readAll(); } catch { return []; } };
  const readAll = () => [...holder.querySelectorAll("article")].map((article) => {
    const part = (selector) => article.querySelector(selector);
    const link = part(".comment-head a");
    return {
      id: article.id.replace("comment-", ""),
      author: part("b").textContent,
      time: part("time").dateTime,
      place: article.dataset.place,
      anchor: link ? link.getAttribute("href").slice(1) : "",
      label: (link || part("i")).textContent,
      quote: part("blockquote") ? part("blockquote").textContent : "",
      text: part(".comment-text").textContent,
      status: article.dataset.status,
    };
  });

  const writeOne = (comment) => {
    const [author, label, place, quote, text] = ["author", "label", "place", "quote", "text"].map((name) => escape(comment[name]));
    const link = comment.anchor ? `<a href="#${escape(comment.anchor)}">${label}</a>` : `<i>${label}</i> (no longer in the report)`;
    const resolved = comment.status === "resolved" ? " (resolved)" : "";
    return `<article class="comment" id="comment-${comment.id}" data-place="${place}" data-status="${comment.status}">\n` +
      `<p class="comment-head"><b>${author}</b> on ${link}, <time datetime="${comment.time}">${comment.time.slice(0, 10)}</time>${resolved}</p>\n` +
      (quote ? `<blockquote>${quote}</blockquote>\n` : "") + `<p class="comment-text">${text}</p>\n</article>\n`;
  };

  const write = (comments) => {
    if (!comments.length) return "";
    const count = `${comments.length} comment${comments.length > 1 ? "s" : ""}`;
    return `\n<h2>Comments of reviewers</h2>\n<p>${count}, no part of the report: nothing in them follows from its evidence, and ` +
      `<code>reportgen verify</code> does not cover them.</p>\n${comments.map(writeOne).join("")}`;
  };

  // ── The document as it was before the scripts, with these comments.
  const empty = new Set(["meta", "link", "br", "hr", "img", "input", "col", "wbr"]);
  const serialise = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      return /^(script|style)$/.test(node.parentNode.localName) ? node.data : escape(node.data);
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    const attributes = [...node.attributes].map(({ name, value }) => ` ${name}="${escape(value)}"`).join("");
    if (empty.has(node.localName)) return `<${node.localName}${attributes}>`;
    if (node.id === "comments") return `<${node.localName}${attributes}>${write(list)}</${node.localName}>`;
    if (node.namespaceURI.endsWith("svg") && !node.childNodes.length) return `<${node.localName}${attributes}/>`;
    return `<${node.localName}${attributes}>${[...node.childNodes].map(serialise).join("")}</${node.localName}>`;
  };
  let list = [];
  const copy = (comments) => {
    list = comments;
    const html = serialise(page.pristine).replace(/\s*<\/body>\s*<\/html>$/, "\n</body>\n</html>\n");
    return `<!DOCTYPE html>\n${html.replace("><head>", ">\n<head>")}`;
  };

  const json = (comments) => `${JSON.stringify({ format: "reportgen comments 1", report: document.title, comments }, null, 2)}\n`;

  return { holder, most, clean, read, write, copy, json };
})();
