import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { places, root } from "../../../scripts/world/places.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

/** A desk and a telephone, by day and by night: in each a page must be handsome, and whole. */
const widths = [1280, 360];
const schemes = ["light", "dark"] as const;

/** `npm run pictures` takes one of every look: in each test run they would take minutes. */
const takesPictures = process.env["AURORA_PICTURES"] === "1";

/** Looks at a page as a critic does, and must find nothing. */
export async function inspect(page: Page, name: string): Promise<void> {
  expect({ name, faults: await criticise(page, name) }).toEqual({ name, faults: [] });
}

/** Answers what sticks out at the side and what axe says; takes a picture of a look with faults. */
export async function criticise(page: Page, name: string): Promise<string[]> {
  mkdirSync(places.screenshots, { recursive: true });
  await page.evaluate(axeSource);
  const faults: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate<string[]>(sticksOut);
      const found = [...wide, ...(await faultsOf(page, colorScheme))];
      faults.push(...found.map((fault) => `${width}, ${colorScheme}: ${fault}`));
      if (found.length === 0 && !takesPictures) continue;
      const file = path.join(places.screenshots, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: true, animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 800 });
  return faults;
}

/** A picture for the documents, where they are to be made anew: what is seen without scrolling. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!takesPictures) return;
  const folder = path.join(root, "docs/pictures");
  mkdirSync(folder, { recursive: true });
  await page.setViewportSize({ width: 1080, height: 720 });
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: "disabled" });
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** What is wider than the page, if the page must be moved sideways to read it. */
const sticksOut = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const isWide = (each) => each.getBoundingClientRect().right > clientWidth + 1;
  const wide = [...document.querySelectorAll("body *")].filter(isWide);
  return wide.slice(0, 5).map((each) => "sticks out: " + each.outerHTML.slice(0, 120));
})()`;

/** Of what axe looks for, colours alone can be right by day and wrong by night. */
async function faultsOf(page: Page, colorScheme: "light" | "dark"): Promise<string[]> {
  const runOnly = colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {};
  const options = JSON.stringify({ ...runOnly, resultTypes: ["violations"] });
  const found = `axe.run(${options}).then(({ violations }) => violations)`;
  const violations = await page.evaluate<AxeResults["violations"]>(found);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`),
  );
}
