import { stylesPath } from "./assets.ts";
import { type Html, html } from "./html.ts";

/** Pages load nothing but from here, and show nothing of others. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'";

/** A small page that stands alone: signing in, the API's front door, an error. */
export function page(title: string, content: Html): Html {
  return document(
    { title, bodyClass: "small" },
    html`<main>
${content}
</main>`,
  );
}

type Sheet = { title: string; bodyClass: string; head?: Html };

/** What every page begins and ends with. */
export function document({ title, bodyClass, head }: Sheet, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · Aurora</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${stylesPath}">
${head ?? ""}</head>
<body class="${bodyClass}">
${body}
</body>
</html>`;
}
