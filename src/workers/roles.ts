import type { Config } from "../config.ts";
import type { Db } from "../db/connect.ts";
import type { Log } from "../log.ts";
import { contactSafe } from "../notifications/contacts.ts";
import { keepStaffRules } from "../notifications/staff/keep-rules.ts";
import { addressBook } from "../notifications/staff/recipients.ts";
import { linksAt } from "../notifications/staff/staff-letters.ts";
import { readInstallation } from "../orders/installation/installation.ts";
import { payLinks } from "../orders/pay-link.ts";
import type { Ownership } from "../orders/paying/judge-intent.ts";
import type { PaymentGateway } from "../payments/gateway.ts";
import type { Hints } from "../queues/hints.ts";
import { notificationQueue } from "../queues/notification.ts";
import { paymentQueue } from "../queues/payment.ts";
import type { Redis } from "../queues/redis.ts";
import { reservationQueue } from "../queues/reservation.ts";
import { statusQueue } from "../queues/status.ts";
import { createSendGridMailer } from "../sendgrid/mailer.ts";
import { isLive } from "../stripe/client.ts";
import { connectGateway } from "../stripe/connect-gateway.ts";
import { createTwilioTexter } from "../twilio/texter.ts";
import { poster } from "../webhooks/post.ts";
import { secretSafe } from "../webhooks/secrets.ts";
import { notificationHandlers } from "./notification.ts";
import { paymentHandlers } from "./payment.ts";
import { reservationHandlers } from "./reservation.ts";
import { type RunningWorker, runWorker } from "./run-worker.ts";
import { statusHandlers } from "./status.ts";
import { watchInstallation } from "./watch-installation.ts";
import { whileOurs } from "./while-ours.ts";

export type RoleMeans = { db: Db; redis: Redis; hints: Hints; log: Log };

/** What each role needs of the configuration beyond the base, and how it starts its worker. */
export const workerRoles = {
  reservation: {
    needs: [],
    start: async (config: Config<never>, means: RoleMeans): Promise<RunningWorker> => {
      const all = { ...means, settings: config.base };
      return runWorker(reservationQueue, reservationHandlers(all), all);
    },
  },
  payment: {
    needs: ["stripe"],
    start: async (config: Config<"stripe">, means: RoleMeans): Promise<RunningWorker> => {
      const all = { ...means, settings: config.base, ...(await stripeMeans(config, means)) };
      return runWorker(paymentQueue, paymentHandlers(all), all);
    },
  },
  status: {
    needs: ["stripe"],
    start: async (config: Config<"stripe">, means: RoleMeans): Promise<RunningWorker> => {
      const all = { ...means, settings: config.base, ...(await stripeMeans(config, means)) };
      return runWorker(statusQueue, statusHandlers(all), all);
    },
  },
  notification: {
    needs: ["mail", "sms", "contacts", "server", "outside"],
    start: async (
      config: Config<"mail" | "sms" | "contacts" | "server" | "outside">,
      means: RoleMeans,
    ): Promise<RunningWorker> => {
      const { PUBLIC_URL: publicUrl = "", STAFF_RULES: rules = noRules } = config.outside;
      await keepStaffRules(means.db, rules);
      const staff = { addresses: addressBook(rules), links: linksAt(publicUrl) };
      const told = { ...carriers(config), ...endpointMeans(config), staff };
      const all = { ...means, settings: config.base, ...told };
      return runWorker(notificationQueue, notificationHandlers(all), all);
    },
  },
} as const;

export type WorkerRole = keyof typeof workerRoles;

/** Nobody is told anything. */
const noRules = { rules: [], onCall: null };

type StripeMeans = { gateway: PaymentGateway; ownership: Ownership; concurrency: number };

/** One way to Stripe for each process: the roles of `all` share its places and its breaker. */
const stripeMeansOf = new WeakMap<RoleMeans, Promise<StripeMeans>>();

function stripeMeans(config: Config<"stripe">, means: RoleMeans): Promise<StripeMeans> {
  const made = stripeMeansOf.get(means) ?? makeStripeMeans(config, means);
  stripeMeansOf.set(means, made);
  return made;
}

async function makeStripeMeans({ base, stripe }: Config<"stripe">, means: RoleMeans) {
  const { db, redis, log } = means;
  const gateway = connectGateway(stripe, { redis, prefix: base.QUEUE_PREFIX, log });
  const ownership = {
    installation: await readInstallation(db),
    livemode: isLive(stripe.STRIPE_SECRET_KEY),
  };
  // A fresh process knows what an operator has decided; this one would go on with the old.
  const outdated = () => process.exit(1);
  const watch = watchInstallation({ db, log, gateway, ownership, outdated });
  return { gateway: whileOurs(gateway, watch), ownership, concurrency: stripe.STRIPE_CONCURRENCY };
}

function carriers(config: Config<"mail" | "sms" | "contacts" | "server" | "outside">) {
  const { mail, sms, contacts, server, outside } = config;
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from } = sms;
  const timeoutMs = mail.MAIL_TIMEOUT_SECONDS * 1_000;
  return {
    contacts: contactSafe(contacts.CONTACT_KEY),
    concurrency: mail.MAIL_CONCURRENCY,
    linkTo: payLinks(mail.PAY_URL_TEMPLATE, server.SERVER_KEY),
    mailer: createSendGridMailer({
      apiKey: mail.SENDGRID_API_KEY,
      from: mail.MAIL_FROM,
      timeoutMs,
      ...(mail.SENDGRID_URL === undefined ? {} : { url: mail.SENDGRID_URL }),
    }),
    texter:
      accountSid && authToken && from
        ? createTwilioTexter({
            accountSid,
            authToken,
            from,
            timeoutMs,
            publicUrl: outside.PUBLIC_URL,
            ...(sms.TWILIO_URL === undefined ? {} : { url: sms.TWILIO_URL }),
          })
        : null,
  };
}

function endpointMeans({ base, contacts }: Config<"contacts">) {
  const post = poster({
    allowPrivate: base.WEBHOOK_ALLOW_PRIVATE,
    timeoutSeconds: base.WEBHOOK_TIMEOUT_SECONDS,
  });
  return { secrets: secretSafe(contacts.CONTACT_KEY), post };
}
