import { rmSync } from "node:fs";
import { once } from "./once/once.ts";
import { followOneOrder } from "./world/first-order.ts";
import { beginAnew } from "./world/fresh.ts";
import { jsonClient } from "./world/json-client.ts";
import { ensureListener } from "./world/local-listener.ts";
import { ensureLogins, type Login } from "./world/local-logins.ts";
import { readLocalSettings, type ShopKeys, writeLocalSettings } from "./world/local-settings.ts";
import { ensureShop } from "./world/local-shop.ts";
import { endWith, MissingPiece } from "./world/missing-piece.ts";
import { places } from "./world/places.ts";
import { progress } from "./world/progress.ts";
import { claimWorld } from "./world/running-world.ts";
import { writeShellFile } from "./world/shell-file.ts";
import { fillShop } from "./world/shop-window.ts";
import { addressesOf } from "./world/show-addresses.ts";
import { StopWish, watchForStop } from "./world/stop-signal.ts";
import { startWorld, type World, type WorldWishes } from "./world/world.ts";

/**
 * npm start: all of Aurora on this machine, and one order to see it work.
 *
 *   npm start [-- --fresh]            --fresh forgets the orders of earlier runs
 *   npm start -- --once [--json]      orders that go every way there is, in a world of their own
 */
async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const wishes = readWishes(args);
  // A terminal that is closed takes our output with it; the world is still stopped in order.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const say = progress(env);
  const signal = watchForStop(env, () => {
    console.error("Ended at once: what still runs ends within five seconds.");
    process.exit(1);
  });
  if (wishes.once) return await once({ env, say, signal, json: wishes.json });
  const claim = await claimWorld();
  try {
    if (wishes.fresh) {
      await beginAnew(places.data);
      say("The orders of earlier runs are gone");
    }
    const death = Promise.withResolvers<never>();
    death.promise.catch(() => undefined);
    const world = await startWorld({ ...localWorld(env), signal, say, onDeath: death.reject });
    try {
      claim.announce(world);
      await Promise.race([showWorld(world, say), stopWish(signal), death.promise]);
      await Promise.race([stopWish(signal), death.promise]);
    } finally {
      say("Stopping");
      await world.stop();
      rmSync(places.shell, { force: true });
      say("Stopped. The orders are kept in .aurora/data");
    }
  } catch (error) {
    if (!(error instanceof StopWish)) throw error;
  } finally {
    claim.leave();
  }
  return 0;
}

function readWishes(args: string[]): { fresh: boolean; once: boolean; json: boolean } {
  const wishes = { fresh: false, once: false, json: false };
  const unknown = args.filter((argument) => !(argument.slice(2) in wishes));
  for (const argument of args) wishes[argument.slice(2) as keyof typeof wishes] = true;
  const knows = "It knows --fresh, or --once with or without --json.";
  if (unknown.length > 0) throw new MissingPiece(`npm start knows no ${unknown.join(" ")}.`, knows);
  if (wishes.once ? !wishes.fresh : !wishes.json) return wishes;
  throw new MissingPiece(`npm start can't do ${args.join(" ")}.`, knows);
}

function localWorld(env: NodeJS.ProcessEnv): WorldWishes {
  return {
    env,
    folder: places.data,
    logFolder: places.logs,
    webPort: portFrom(env, "PORT", 3000),
    switchboard: true,
    sandboxPort: portFrom(env, "SANDBOX_PORT", 3001),
    local: readLocalSettings(places.localSettings),
    // Everything is in the logs; only what went wrong disturbs the reader here.
    onLine(line, name) {
      if (/^\S+ +\S+ +(WARN|ERROR) /.test(line)) console.error(`  ${name}: ${line}`);
    },
  };
}

/** Opens the shop, places an order and shows where everything is. */
async function showWorld(world: World, say: (line: string) => void): Promise<void> {
  const keys = await openShop(world);
  const back = jsonClient(world.apiUrl, keys.secretKey);
  const count = await fillShop(back);
  if (world.sandboxUrl) await ensureListener(back, world.sandboxUrl);
  say(`The local shop sells ${count} products. One order, as it happens:`);
  console.log("");
  await followOneOrder({
    apiUrl: world.apiUrl,
    publishableKey: keys.publishableKey,
    stripeUrl: world.standIns.stripe ? world.sandboxUrl : undefined,
    mailUrl: world.standIns.sendgrid ? world.sandboxUrl : undefined,
    tell: (line) => console.log(`  ${line}`),
  });
  world.switchboard?.openShop(keys);
  const opened = { keys, logins: await openOperations(world) };
  writeShellFile(places.shell, world, opened);
  console.log(`\n${addressesOf(world, opened, places.logs)}`);
  say("Aurora is up. Ctrl-C stops it");
}

async function openShop({ databaseUrl, sandboxUrl }: World): Promise<ShopKeys> {
  const settings = readLocalSettings(places.localSettings);
  const shop = await ensureShop(databaseUrl, settings.shop, sandboxUrl);
  writeLocalSettings(places.localSettings, { ...settings, shop });
  return shop;
}

async function openOperations({ databaseUrl }: World): Promise<Login[]> {
  const settings = readLocalSettings(places.localSettings);
  const logins = await ensureLogins(databaseUrl, settings.logins);
  writeLocalSettings(places.localSettings, { ...settings, logins });
  return logins;
}

function portFrom(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const port = Number(env[name] || fallback);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new MissingPiece(`${name} is "${env[name]}".`, "Set it to a port from 1 to 65535.");
}

function stopWish(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

try {
  process.exit(await main(process.argv.slice(2), process.env));
} catch (error) {
  endWith(error);
}
