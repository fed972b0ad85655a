import { once } from "node:events";
import { type Config, readConfig } from "../../src/config.ts";
import { connect } from "../../src/db/connect.ts";
import { createLog } from "../../src/log.ts";
import { contactSafe } from "../../src/notifications/contacts.ts";
import type { ActMeans } from "../../src/ops/acts/act.ts";
import { readInstallation } from "../../src/orders/installation/installation.ts";
import { payLinks } from "../../src/orders/pay-link.ts";
import { createHints } from "../../src/queues/hints.ts";
import { connectProducer, type Redis } from "../../src/queues/redis.ts";
import { isLive } from "../../src/stripe/client.ts";
import { connectGateway } from "../../src/stripe/connect-gateway.ts";
import { rereadEvent } from "../../src/stripe/read-event.ts";
import { readLocalSettings } from "../world/local-settings.ts";
import { MissingPiece } from "../world/missing-piece.ts";
import { places } from "../world/places.ts";
import { findRunningWorld, type RunningWorld } from "../world/running-world.ts";
import { worldSettings } from "../world/world-settings.ts";

/** Redis is for hints: who does not answer so soon is gone without. */
const redisMilliseconds = 1_000;

/** What the acts need, as web has it: the same database, queues and Stripe. */
export async function openMeans(
  env: NodeJS.ProcessEnv,
): Promise<{ means: ActMeans; close(): Promise<void> }> {
  const config = settingsOf(env);
  const { base, stripe } = config;
  const log = createLog("orders", { level: "error", format: "pretty" });
  const db = connect({ ...base, DATABASE_POOL: 4 }, log, { name: "aurora orders" });
  const redis = connectProducer(base, log);
  await ready(redis);
  const hints = createHints(redis, base, log);
  const means: ActMeans = {
    ...{ db, settings: base, hints, log, reread: rereadEvent },
    gateway: connectGateway(stripe, { redis, prefix: base.QUEUE_PREFIX, log }),
    ownership: async (at) => ({
      installation: await readInstallation(at),
      livemode: isLive(stripe.STRIPE_SECRET_KEY),
    }),
    contacts: contactSafe(config.contacts.CONTACT_KEY),
    linkTo: payLinks(config.mail.PAY_URL_TEMPLATE, config.server.SERVER_KEY),
    serverKey: config.server.SERVER_KEY,
    isRedisReady: () => redis.status === "ready",
  };
  return {
    means,
    async close() {
      await hints.close();
      await db.destroy();
    },
  };
}

type Needs = Config<"server" | "contacts" | "stripe" | "mail">;

/** The environment's settings where it names a database, else those of the running world. */
function settingsOf(env: NodeJS.ProcessEnv): Needs {
  const running = env["DATABASE_URL"] ? undefined : findRunningWorld();
  if (!env["DATABASE_URL"] && !running?.databaseUrl) {
    throw new MissingPiece(
      "No database is named, and no local world runs.",
      "Set DATABASE_URL and the other settings of web, or run npm start in another terminal.",
    );
  }
  const known = running ? settingsOfWorld(env, running) : env;
  try {
    return readConfig(known, ["server", "contacts", "stripe", "mail"]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MissingPiece(reason, "\nRun this with the settings that web has.");
  }
}

function settingsOfWorld(env: NodeJS.ProcessEnv, running: RunningWorld): Record<string, string> {
  const { databaseUrl = "", redisUrl = "", apiUrl, sandboxUrl, standIns } = running;
  const local = readLocalSettings(places.localSettings);
  const portOf = (url: string | undefined) => Number(url ? new URL(url).port : 0);
  return worldSettings(env, local, standIns ?? { stripe: true, sendgrid: true, twilio: true }, {
    ...{ databaseUrl, redisUrl },
    ...{ webPort: portOf(apiUrl), sandboxPort: portOf(sandboxUrl) },
  });
}

async function ready(redis: Redis): Promise<void> {
  if (redis.status === "ready") return;
  const patience = AbortSignal.timeout(redisMilliseconds);
  await once(redis, "ready", { signal: patience }).catch(() => undefined);
}
