import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { mailsPage } from "./mails/mails-page.ts";
import { root } from "./world/places.ts";

/** npm run mails: writes every message, in every language, to one page for looking at. */
const file = path.join(root, ".aurora/mails.html");
await mkdir(path.dirname(file), { recursive: true });
await writeFile(file, mailsPage());
console.log(`Every message in every language: ${pathToFileURL(file)}`);
