import { readFileSync } from "node:fs";
import { html, raw } from "hono/html";

export type Html = ReturnType<typeof html>;

const read = (url: URL) => readFileSync(url, "utf8");

/** All that the pages load; there is nothing from elsewhere. */
export const stylesheet = [
  read(new URL("./assets/frame.css", import.meta.url)),
  read(new URL("./assets/contents.css", import.meta.url)),
  read(new URL("./assets/acts.css", import.meta.url)),
].join("\n");
export const payScript = read(new URL("./assets/pay.js", import.meta.url));

const sections = [
  ["/payments", "Payments"],
  ["/inbox/mail", "Mail"],
  ["/inbox/sms", "SMS"],
] as const;

/** The frame that every page of the stand-ins stands in. */
export function page(title: string, path: string, content: Html): Html {
  const links = sections.map(([href, name]) => {
    const current = path.startsWith(href) ? raw(' aria-current="page"') : "";
    return html`<a href="${href}"${current}>${name}</a>`;
  });
  return frame(
    title,
    html`<header class="top"><div>
        <a class="brand" href="/">Aurora sandbox</a>
        <nav>${links}</nav>
      </div></header>
      <main>${content}</main>`,
  );
}

/** A page without the sandbox's own head, such as the shop's. */
export function frame(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/sandbox.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>${body}</body>
    </html>`;
}

/** A list cut into pages, newest first, with links to the next and the last one. */
export function newest<Row>(rows: readonly Row[], pageText: string | undefined, path: string) {
  const size = 50;
  const last = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(last, Math.max(1, Number.parseInt(pageText ?? "1", 10) || 1));
  const end = rows.length - (at - 1) * size;
  const shown = rows.slice(Math.max(0, end - size), end).reverse();
  const newer = at > 1 ? html`<a class="button" href="${path}?page=${at - 1}">Newer</a>` : "";
  const older = at < last ? html`<a class="button" href="${path}?page=${at + 1}">Older</a>` : "";
  return { shown, links: last > 1 ? html`<div class="acts">${newer}${older}</div>` : "" };
}
