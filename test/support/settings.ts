import { readConfig, type Settings } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";

/** The product's own settings, as its configuration reads them, with a test's changes. */
export function testSettings(
  databaseUrl: string,
  changes: Record<string, string | number> = {},
): Settings {
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: process.env["TEST_REDIS_URL"],
    LOG_LEVEL: "silent",
    ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, String(value)])),
  };
  return readConfig(env, []).base;
}

export const quiet = createLog("test", { level: "silent", format: "json" });
