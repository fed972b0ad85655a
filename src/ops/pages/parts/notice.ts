import { type Content, type Html, html } from "../html.ts";

export type Notice = { tone: "good" | "busy" | "bad" | "plain"; text: Content };

/** What somebody must know before they go on; after an act, what came of it. */
export function notice({ tone, text }: Notice): Html {
  const role = tone === "bad" ? "alert" : "status";
  return html`<div class="notice ${tone}" role="${role}">${text}</div>`;
}

/** Where there is nothing to show: why, and that this may be a good sign. */
export function empty(title: string, words: Content = null): Html {
  return html`<div class="empty"><p class="title">${title}</p>${
    words === null ? "" : html`<p>${words}</p>`
  }</div>`;
}

/** A titled part of a page. */
export function panel(title: string, content: Content, aside: Content = null): Html {
  const id = `part-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  return html`<section class="panel" aria-labelledby="${id}">
<header><h2 id="${id}">${title}</h2>${aside === null ? "" : html`<div class="aside">${aside}</div>`}
</header>
${content}
</section>`;
}

/** The head of a page, with what it is in a sentence. */
export function pageHead(title: Content, words: Content = null, aside: Content = null): Html {
  return html`<header class="head"><div><h1>${title}</h1>${
    words === null ? "" : html`<p class="soft">${words}</p>`
  }</div>${aside === null ? "" : html`<div class="aside">${aside}</div>`}</header>`;
}
