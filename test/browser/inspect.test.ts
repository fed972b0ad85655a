import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { criticise } from "./support/inspect.ts";
import { launch } from "./support/launch.ts";
import { chromium } from "./support/use-theatre.ts";

describe.runIf(chromium)("the critic of pages", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(chromium ?? { file: "", env: {} });
  });
  afterAll(() => browser.close());

  test("finds nothing where nothing is wrong, and each fault where there are some", async () => {
    const page = await browser.newPage();
    const judge = async (body: string) => {
      const content = `<!doctype html><html lang="en"><title>A page</title><main>${body}</main>`;
      await page.setContent(content);
      return (await criticise(page, "critic")).join("\n");
    };
    expect(await judge("<h1>A page</h1><p>with a word</p>")).toBe("");
    const faulty = await judge(`<h1>A page</h1><img src="data:,">
      <p style="color:#aaa;background:#fff">pale</p><p style="width:50rem">wide</p>`);
    for (const fault of ["image-alt", "color-contrast", "360, dark: sticks out"]) {
      expect(faulty).toContain(fault);
    }
  });
});
