import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { jsonClient } from "../../../scripts/world/json-client.ts";
import { ensureLogins, type Login } from "../../../scripts/world/local-logins.ts";
import { ensureShop } from "../../../scripts/world/local-shop.ts";
import { fillShop } from "../../../scripts/world/shop-window.ts";
import type { World } from "../../../scripts/world/world.ts";
import type { Role } from "../../../src/ops/access/roles.ts";
import { startTestWorld } from "../../support/world.ts";
import { chromiumHere, launch } from "./launch.ts";

/** Where the browser tests run: undefined says aloud that they are left out. */
export const chromium = chromiumHere();

type Seat = BrowserContextOptions & { as?: Role };

/** What one file of browser tests has: a world with a Switchboard, and people at browsers. */
export class Theatre {
  #world: World | undefined;
  #browser: Browser | undefined;
  #logins: readonly Login[] = [];

  get world(): World {
    if (this.#world) return this.#world;
    throw new Error("The world is not up yet.");
  }

  async open(settings: Record<string, string>): Promise<void> {
    if (!chromium) return;
    const [world, browser] = await Promise.all([
      startTestWorld({ switchboard: true, settings }),
      launch(chromium),
    ]);
    this.#world = world;
    this.#browser = browser;
    const keys = await ensureShop(world.databaseUrl, undefined, world.sandboxUrl);
    await fillShop(jsonClient(world.apiUrl, keys.secretKey));
    world.switchboard?.openShop(keys);
    this.#logins = await ensureLogins(world.databaseUrl);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await this.#world?.stop();
  }

  /** A browser of its own, signed in as the world's ready login of that role. */
  async sit({ as = "admin", ...options }: Seat = {}): Promise<Page> {
    const { name = "", password = "" } = this.#logins.find(({ name: role }) => role === as) ?? {};
    if (!this.#browser) throw new Error("There is no browser.");
    const context = await this.#browser.newContext({ baseURL: this.world.apiUrl, ...options });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    await page.goto("/ops/login");
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/ops(?!\/login)/);
    return page;
  }

  async leaveAll(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
  }
}

/** A world for this file's tests, with times as short as they may be. */
export function useTheatre(settings: Record<string, string> = {}): Theatre {
  const theatre = new Theatre();
  beforeAll(() => theatre.open(settings));
  afterEach(() => theatre.leaveAll());
  afterAll(() => theatre.close());
  return theatre;
}
