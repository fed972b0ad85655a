import { z } from "zod";
import {
  allOrNone,
  backoff,
  hoursByMethod,
  key32,
  signingSecrets,
  verificationKeys,
} from "./setting-kinds.ts";
import { staffRules } from "./staff-rules.ts";

/** Decimal numbers are allowed, so that a test or a demonstration can shorten any time. */
const positive = (fallback: number) => z.coerce.number().positive().default(fallback);
const whole = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const address = z.url({ protocol: /^https?$/ });
/**
 * Four fifths of what Stripe publishes for each endpoint: 25 requests a second. The rest is for
 * timers that are not exact, and for people who look something up. A stand-in has no limit.
 */
const stripeRequestsPerSecond = 20;
const unlimited = z.literal("unlimited").transform(() => Number.POSITIVE_INFINITY);
const rate = z.union(
  [unlimited, z.coerce.number().positive()],
  "needs a number above 0, or: unlimited",
);

const contactKey = z.object({ id: z.string().min(1), key: key32 });

/**
 * What each part of Aurora needs, by the name of the part. A process reads only the parts that
 * it runs: the sweeper, for one, has no Stripe key.
 */
const parts = {
  base: z.object({
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    DATABASE_POOL: whole(8),
    DATABASE_TLS_INSECURE: z.stringbool().default(false),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }),
    REDIS_TLS_INSECURE: z.stringbool().default(false),
    QUEUE_PREFIX: z.string().min(1).default("{aurora}"),
    LOG_FORMAT: z.enum(["json", "pretty"]).default("json"),
    LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    // Nobody may hold stock unpaid for longer than two hours.
    HOLD_MINUTES: z.coerce.number().positive().max(120).default(30),
    HOLD_MAX_MINUTES: positive(120),
    PROCESSING_HOURS: hoursByMethod,
    SELF_CANCEL_MINUTES: positive(30),
    DRAFT_MINUTES: positive(30),
    CONTACT_DAYS: positive(400),
    LEASE_SECONDS: positive(6),
    SWEEP_SECONDS: positive(1),
    INVARIANT_MINUTES: positive(10),
    EXPIRY_BUCKET_SECONDS: positive(5),
    COMPARISON_MINUTES: positive(60),
    COMPARISON_SETTLE_SECONDS: positive(60),
    EVENT_POLL_SECONDS: positive(5),
    WEBHOOK_SILENCE_SECONDS: positive(30),
    BACKOFF_SECONDS: backoff("10,30,120,600,3600"),
    QUICK_RETRY_SECONDS: positive(0.5),
    JOB_LOCK_SECONDS: positive(10),
    STALLED_SECONDS: positive(4),
    MESSAGE_UNKNOWN_SECONDS: positive(120),
    WEBHOOK_RETRY_SECONDS: backoff("5,30,120,600,1800,3600,7200,14400,28800,43200"),
    WEBHOOK_PROBE_SECONDS: backoff("10,30,60,120,300"),
    WEBHOOK_TIMEOUT_SECONDS: positive(15),
    WEBHOOK_CONCURRENCY: whole(8),
    WEBHOOK_ALLOW_PRIVATE: z.stringbool().default(false),
    WATCHDOG_SECONDS: positive(60),
    STOP_SECONDS: positive(25),
  }),
  outside: z
    .object({ PUBLIC_URL: address.optional(), STAFF_RULES: staffRules.optional() })
    .refine(({ PUBLIC_URL, STAFF_RULES }) => !STAFF_RULES || PUBLIC_URL !== undefined, {
      path: ["STAFF_RULES"],
      message: "needs PUBLIC_URL: what staff is told leads to OrderTracker",
    }),
  web: z.object({
    HOST: z.string().default("0.0.0.0"),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    TRUST_PROXY: z.stringbool().default(false),
    SWITCHBOARD_URL: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }).optional(),
  }),
  server: z.object({ SERVER_KEY: key32 }),
  contacts: z.object({
    CONTACT_KEY: z
      .string()
      .regex(/^[a-z0-9]{1,16}:/, "needs a key id and a colon before the key, such as k1:...")
      .transform((text) =>
        text.split(",").map((each) => {
          const [id = "", key = ""] = each.trim().split(":");
          return { id, key };
        }),
      )
      .pipe(z.tuple([contactKey], contactKey)),
  }),
  webhooks: z.object({
    STRIPE_WEBHOOK_SECRET: signingSecrets,
    SENDGRID_WEBHOOK_KEY: verificationKeys.optional(),
  }),
  stripe: z
    .object({
      STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_/, "needs a Stripe secret or restricted key"),
      STRIPE_URL: address.optional(),
      STRIPE_TIMEOUT_SECONDS: positive(8),
      STRIPE_CONCURRENCY: whole(32),
      STRIPE_REQUESTS_PER_SECOND: rate.optional(),
    })
    .transform(({ STRIPE_REQUESTS_PER_SECOND: wanted, ...settings }) => ({
      ...settings,
      STRIPE_REQUESTS_PER_SECOND:
        wanted ?? (settings.STRIPE_URL ? Number.POSITIVE_INFINITY : stripeRequestsPerSecond),
    })),
  mail: z.object({
    SENDGRID_API_KEY: z.string().min(1),
    SENDGRID_URL: address.optional(),
    MAIL_FROM: z.string().regex(/@/, "needs an address, such as Shop <orders@shop.example>"),
    MAIL_TIMEOUT_SECONDS: positive(10),
    MAIL_CONCURRENCY: whole(32),
    PAY_URL_TEMPLATE: z
      .string()
      .includes("{orderId}", { message: "needs {orderId} where the order's id goes" })
      .includes("{token}", { message: "needs {token} where the order's token goes" }),
  }),
  sms: z
    .object({
      TWILIO_ACCOUNT_SID: z.string().startsWith("AC").optional(),
      TWILIO_AUTH_TOKEN: z.string().min(1).optional(),
      TWILIO_FROM: z.string().min(1).optional(),
      TWILIO_URL: address.optional(),
    })
    .superRefine(allOrNone("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")),
};

export type ConfigPart = keyof typeof parts;
export type Config<Part extends ConfigPart = ConfigPart> = {
  [Name in Part | "base"]: z.output<(typeof parts)[Name]>;
};
export type Settings = Config["base"];

/**
 * Called once, by a process's entry file. Everything below it is handed what it needs.
 * @throws Error that names every setting which is missing or wrong.
 */
export function readConfig<const Part extends ConfigPart>(
  env: Record<string, string | undefined>,
  wanted: readonly Part[],
): Config<Part> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const config: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const name of new Set<ConfigPart>(["base", ...wanted])) {
    const { success, data, error } = parts[name].safeParse(given);
    if (success) config[name] = data;
    else
      faults.push(...error.issues.map((issue) => `  ${String(issue.path[0])}: ${issue.message}`));
  }
  if (given["SWITCHBOARD_URL"] && /^(sk|rk)_live_/.test(given["STRIPE_SECRET_KEY"] ?? "")) {
    faults.push("  SWITCHBOARD_URL: causes faults, and never where Stripe's key is a live one");
  }
  if (faults.length === 0) return config as Config<Part>;
  throw new Error(
    `These settings are missing or wrong (.env.example explains each):\n${faults.join("\n")}`,
  );
}

/** The name of every setting, in the order in which .env.example lists them. */
export const settingNames: readonly string[] = Object.values(parts).flatMap((part) =>
  Object.keys("in" in part ? part.in.shape : part.shape),
);
