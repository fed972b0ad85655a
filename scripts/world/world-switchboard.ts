import type { Crew } from "./crew.ts";
import { installationDesk } from "./switchboard/installation-desk.ts";
import { orderClock } from "./switchboard/order-clock.ts";
import { redisDesk } from "./switchboard/redis-desk.ts";
import { type RunningSwitchboard, startSwitchboard } from "./switchboard/switchboard.ts";
import type { WorldServers } from "./world-servers.ts";
import type { StandIns } from "./world-settings.ts";

interface Place {
  crew: Crew;
  servers: WorldServers;
  settings: Record<string, string>;
  standIns: StandIns;
}

const notWorkers = ["web", "sandbox", "release"];

/** A Switchboard for a world that is about to start; none where real money could move. */
export async function switchboardOf(place: Place): Promise<RunningSwitchboard | undefined> {
  const { crew, servers, settings, standIns } = place;
  const stripeKey = settings["STRIPE_SECRET_KEY"] ?? "";
  if (/^(sk|rk)_live_/.test(stripeKey)) return undefined;
  const prefix = settings["QUEUE_PREFIX"] ?? "{aurora}";
  return await startSwitchboard({
    apiUrl: settings["AURORA_URL"] ?? "",
    sandboxUrl: `http://127.0.0.1:${settings["SANDBOX_PORT"]}`,
    stripeKey,
    standIns,
    redis: redisDesk(servers.redisUrl, { own: servers.ownsRedis, prefix }),
    clock: orderClock(servers.databaseUrl),
    installation: installationDesk(servers.databaseUrl),
    workers: () => crew.all().filter(({ name }) => !notWorkers.includes(name)),
  });
}
