import type { LocalSettings } from "./local-settings.ts";
import { MissingPiece } from "./missing-piece.ts";

/** Which of the outside services a stand-in plays; the others are the real ones. */
export interface StandIns {
  stripe: boolean;
  sendgrid: boolean;
  twilio: boolean;
}

/** A service whose key is in the environment is the real one; the rest get stand-ins. */
export function chooseStandIns(env: NodeJS.ProcessEnv): StandIns {
  const standIns = {
    stripe: !env["STRIPE_SECRET_KEY"],
    sendgrid: !env["SENDGRID_API_KEY"],
    twilio: !env["TWILIO_ACCOUNT_SID"],
  };
  const needed = [
    ...(standIns.stripe ? [] : [["STRIPE_SECRET_KEY", "PAY_URL_TEMPLATE"]]),
    ...(standIns.sendgrid ? [] : [["SENDGRID_API_KEY", "MAIL_FROM"]]),
    ...(standIns.twilio ? [] : [["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"]]),
  ];
  for (const [key, ...others] of needed) {
    const missing = others.filter((name) => !env[name]);
    if (missing.length === 0) continue;
    throw new MissingPiece(
      `${key} is set, but ${missing.join(" and ")} is not.`,
      `Set it too (.env.example explains it), or take ${key} away to use the stand-in.`,
    );
  }
  return standIns;
}

export interface Addresses {
  databaseUrl: string;
  redisUrl: string;
  webPort: number;
  sandboxPort: number;
}

/** The environment of every process of the world: the user's own, completed. */
export function worldSettings(
  env: NodeJS.ProcessEnv,
  local: LocalSettings,
  standIns: StandIns,
  { databaseUrl, redisUrl, webPort, sandboxPort }: Addresses,
): Record<string, string> {
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  const given = Object.entries(env).filter((entry): entry is [string, string] => !!entry[1]);
  const own = Object.fromEntries(given);
  return {
    LOG_FORMAT: "pretty",
    HOST: "127.0.0.1",
    SERVER_KEY: local.SERVER_KEY,
    CONTACT_KEY: local.CONTACT_KEY,
    STRIPE_WEBHOOK_SECRET: local.STRIPE_WEBHOOK_SECRET,
    PAY_URL_TEMPLATE: `${sandboxUrl}/pay?order={orderId}#{token}`,
    MAIL_FROM: "Aurora <orders@aurora.example>",
    // The receiver of webhooks is a stand-in on this machine.
    WEBHOOK_ALLOW_PRIVATE: "true",
    ...own,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    PORT: String(webPort),
    AURORA_URL: `http://127.0.0.1:${webPort}`,
    PUBLIC_URL: own["PUBLIC_URL"] ?? `http://127.0.0.1:${webPort}`,
    SANDBOX_PORT: String(sandboxPort),
    ...(standIns.stripe && { STRIPE_SECRET_KEY: "sk_test_aurora_local", STRIPE_URL: sandboxUrl }),
    ...(standIns.sendgrid && { SENDGRID_API_KEY: "SG.aurora-local", SENDGRID_URL: sandboxUrl }),
    ...(standIns.sendgrid && {
      SENDGRID_WEBHOOK_KEY: local.SENDGRID_WEBHOOK_KEY,
      SANDBOX_MAIL_EVENTS_KEY: local.SANDBOX_MAIL_EVENTS_KEY,
    }),
    ...(standIns.twilio && {
      TWILIO_ACCOUNT_SID: local.TWILIO_ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: local.TWILIO_AUTH_TOKEN,
      TWILIO_FROM: "+15005550006",
      TWILIO_URL: sandboxUrl,
    }),
  };
}
