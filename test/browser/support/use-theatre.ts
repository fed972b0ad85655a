import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { jsonClient } from "../../../scripts/world/json-client.ts";
import { ensureListener } from "../../../scripts/world/local-listener.ts";
import { ensureLogins, type Login } from "../../../scripts/world/local-logins.ts";
import { ensureShop } from "../../../scripts/world/local-shop.ts";
import { places } from "../../../scripts/world/places.ts";
import { fillShop } from "../../../scripts/world/shop-window.ts";
import type { World } from "../../../scripts/world/world.ts";
import type { Role } from "../../../src/ops/access/roles.ts";
import { switchboardAt } from "../../../src/ops/switchboard/control.ts";
import { startTestWorld } from "../../support/world.ts";
import { chromiumHere, launch } from "./launch.ts";

/** Where the browser tests run: undefined says aloud that they are left out. */
export const chromium = chromiumHere();

/** Longer than the longest of the world's pauses. */
const patienceMs = 30_000;

/** What one file of browser tests has: a world with a Switchboard, and people at browsers. */
export class Theatre {
  #world: World | undefined;
  #browser: Browser | undefined;
  #logins: Login[] = [];

  get world(): World {
    if (this.#world) return this.#world;
    throw new Error("The world is not up yet.");
  }

  async open(settings: Record<string, string>, redisUrl?: string): Promise<void> {
    if (!chromium) return;
    const [world, browser] = await Promise.all([
      startTestWorld({ switchboard: true, settings, ...(redisUrl && { redisUrl }) }),
      launch(chromium),
    ]);
    this.#world = world;
    this.#browser = browser;
    const keys = await ensureShop(world.databaseUrl, undefined, world.sandboxUrl);
    const back = jsonClient(world.apiUrl, keys.secretKey);
    await fillShop(back);
    await ensureListener(back, world.sandboxUrl ?? "");
    world.switchboard?.openShop(keys);
    this.#logins = await ensureLogins(world.databaseUrl);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.#world?.stop();
  }

  /** Somebody at a browser of their own, whom Aurora does not know. */
  async stranger(options: BrowserContextOptions = {}): Promise<Page> {
    if (!this.#browser) throw new Error("There is no browser.");
    const context = await this.#browser.newContext({
      baseURL: this.world.apiUrl,
      // Colours that are still on their way from one to the other are no colours to be judged.
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(patienceMs);
    return await context.newPage();
  }

  /** Somebody of this role at a browser of their own, signed in. */
  async sit(role: Role, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.stranger(options);
    await page.goto("/ops/login");
    await page.getByLabel("Name").fill(role);
    const login = this.#logins.find(({ name }) => name === role);
    await page.getByLabel("Password").fill(login?.password ?? "");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(({ pathname }) => !pathname.startsWith("/ops/login"));
    return page;
  }

  /** Takes all faults back, for the next test. */
  async backToNormal(): Promise<void> {
    await switchboardAt(this.world.switchboard?.url ?? "").post(["normal"]);
  }

  /** What everybody sees at this moment, for whoever looks why a test has failed. */
  async photograph(title: string): Promise<void> {
    mkdirSync(places.screenshots, { recursive: true });
    const pages = this.#browser?.contexts().flatMap((context) => context.pages()) ?? [];
    const name = title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 60);
    for (const [index, page] of pages.entries()) {
      const file = path.join(places.screenshots, `failed-${name}-${index}.png`);
      await page.screenshot({ path: file, fullPage: true });
    }
  }

  /** How often Stripe has charged somebody for the order whose page this is. */
  async chargesOf(page: Page): Promise<number> {
    const orderId = new URL(page.url()).pathname.split("/").at(-1);
    const sandbox = jsonClient(this.world.sandboxUrl ?? "");
    type Ledger = { totals: { chargesSucceeded: number } };
    const path = `/_sandbox/stripe/ledger?orderId=${orderId}`;
    return (await sandbox<Ledger>("GET", path)).body.totals.chargesSucceeded;
  }
}

/** A world for this file's tests, with times as short as they may be. */
export function useTheatre(settings: Record<string, string> = {}): Theatre {
  const theatre = new Theatre();
  beforeAll(() => theatre.open(settings));
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await theatre.photograph(task.name);
    await theatre.backToNormal();
  });
  afterAll(() => theatre.close());
  return theatre;
}
