import { readFileSync } from "node:fs";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Pages load nothing but from here, and run no script unless they say which. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'";

export const styleSheet = {
  path: "/pages.css",
  text: readFileSync(new URL("./pages.css", import.meta.url), "utf8"),
};

/** The frame of every page that we write by hand. */
export function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Aurora</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${styleSheet.path}">
</head>
<body>
<main>
${content}
</main>
</body>
</html>`;
}
