import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Login } from "./local-logins.ts";

/** The keys of the local shop, as a storefront and a back office would use them. */
export interface ShopKeys {
  publishableKey: string;
  secretKey: string;
}

/** What the local world keeps from one start to the next; only its owner may read it. */
export interface LocalSettings {
  SERVER_KEY: string;
  CONTACT_KEY: string;
  STRIPE_WEBHOOK_SECRET: string;
  TWILIO_ACCOUNT_SID: string;
  TWILIO_AUTH_TOKEN: string;
  /** SendGrid's pair of keys: the public one, and the stand-in's private one. */
  SENDGRID_WEBHOOK_KEY: string;
  SANDBOX_MAIL_EVENTS_KEY: string;
  shop?: ShopKeys;
  logins?: Login[];
}

/** Reads the file; what it lacks is generated once and written down. */
export function readLocalSettings(file: string): LocalSettings {
  const settings = { ...generateSettings(), ...readIfThere(file) };
  writeLocalSettings(file, settings);
  return settings;
}

export function writeLocalSettings(file: string, settings: LocalSettings): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
}

export function generateSettings(): LocalSettings {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    SERVER_KEY: randomBytes(32).toString("base64"),
    CONTACT_KEY: `local:${randomBytes(32).toString("base64")}`,
    STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString("hex")}`,
    TWILIO_ACCOUNT_SID: `AC${randomBytes(16).toString("hex")}`,
    TWILIO_AUTH_TOKEN: randomBytes(16).toString("hex"),
    SENDGRID_WEBHOOK_KEY: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    SANDBOX_MAIL_EVENTS_KEY: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
  };
}

function readIfThere(file: string): Partial<LocalSettings> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<LocalSettings>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
