import type { ActMeans, ActName } from "../../src/ops/acts/act.ts";
import { type ActAnswer, perform } from "../../src/ops/acts/perform.ts";
import { type LooseAct, performWithoutOrder } from "../../src/ops/acts/perform-without-order.ts";
import { exitCodeOfRefusal, exitCodes } from "./exit-codes.ts";
import type { Said } from "./looks.ts";
import { commandAfter, performerOf, recordOf, tellKey } from "./on-record.ts";
import { line, numberOf, type Wishes } from "./wishes.ts";

/** A command that does something: which act it is, and how its input is read. */
type Deed = {
  act: ActName;
  /** What stands after the command, beside the order. */
  takes: readonly string[];
  input: (wishes: Wishes, ...rest: string[]) => Record<string, unknown>;
};

const nothing = () => ({});

export const deeds: Record<string, Deed> = {
  check: { act: "check", takes: [], input: nothing },
  retry: { act: "retry_payment", takes: [], input: nothing },
  "set-status": {
    act: "set_status",
    takes: ["STATUS"],
    input: ({ values: { reference, refund } }, to) => present({ to, reference, refund }),
  },
  resend: {
    act: "resend",
    takes: ["MESSAGE"],
    input: ({ values: { channel } }, messageId) => present({ messageId, channel }),
  },
  refund: {
    act: "refund",
    takes: [],
    input({ values: { why = "other", note, payment, "amount-minor": amount } }) {
      const amountMinor = numberOf("--amount-minor", amount) ?? undefined;
      return present({ paymentId: payment, amountMinor, reason: why, note });
    },
  },
  cancel: {
    act: "cancel",
    takes: [],
    input: ({ values: { refund } }) => present({ refund }),
  },
  release: { act: "release_hold", takes: [], input: nothing },
  extend: {
    act: "extend_hold",
    takes: ["MINUTES"],
    input: (_wishes, minutes) => ({ minutes: numberOf("MINUTES", minutes) }),
  },
  tell: {
    act: "replay_delivery",
    takes: ["DELIVERY"],
    input: (_wishes, deliveryId) => ({ deliveryId }),
  },
  again: { act: "order_again", takes: [], input: nothing },
  settle: { act: "settle", takes: [], input: nothing },
};

/** The same for what needs no order: it is found by its own id. */
export const looseDeeds: Record<string, Omit<Deed, "act"> & { act: LooseAct }> = {
  replay: {
    act: "replay_webhook",
    takes: ["EVENT"],
    input: (_wishes, eventId) => ({ eventId }),
  },
  requeue: {
    act: "requeue_job",
    takes: ["QUEUE", "JOB"],
    input: (_wishes, queue, jobId) => ({ queue, jobId }),
  },
};

/** Does an act on an order, or says what it would do. */
export async function doDeed(means: ActMeans, deed: Deed, wishes: Wishes): Promise<Said> {
  const [order = "", ...rest] = argumentsOf(wishes, ["ORDER", ...deed.takes]);
  const input = deed.input(wishes, ...rest);
  const request = { act: deed.act, order, input, ...recordOf(wishes) };
  if (!request.dryRun && request.ifMatch === null) {
    const where = "the order's version that you saw, which --dry-run and show tell";
    throw line.misuse(`${wishes.command} needs --if-match N: ${where}.`);
  }
  const performer = await performerOf(means.db, wishes);
  tellKey(wishes, request.idempotencyKey);
  return saidOf(await perform(means, performer, request), wishes);
}

export async function doLooseDeed(
  means: ActMeans,
  { act, takes, input }: (typeof looseDeeds)[string],
  wishes: Wishes,
): Promise<Said> {
  const given = input(wishes, ...argumentsOf(wishes, takes));
  const request = { act, input: given, ...recordOf(wishes) };
  const performer = await performerOf(means.db, wishes);
  tellKey(wishes, request.idempotencyKey);
  return saidOf(await performWithoutOrder(means, performer, request), wishes);
}

function argumentsOf({ command, rest }: Wishes, wanted: readonly string[]): string[] {
  if (rest.length === wanted.length) return rest;
  throw line.misuse(`${command} needs ${wanted.join(" and ")}.`);
}

function saidOf(answer: ActAnswer, wishes: Wishes): Said {
  const { order } = answer;
  const head = order ? `Order ${order.number}  ${order.status}  version ${order.version}` : null;
  const heads = head === null ? [] : [head];
  if (answer.kind === "done") {
    const again = answer.replayed ? ["It was done before, under this key."] : [];
    return { json: answer, lines: [answer.sentence, ...again, ...heads], exitCode: 0 };
  }
  const { plan } = answer;
  if (plan.possible) {
    const command = commandAfter(wishes, order?.version ?? null);
    const effects = plan.effects.map((each) => `  ${each}`);
    const lines = [...heads, "This would happen:", ...effects, "To do it:", `  ${command}`];
    return { json: { ...answer, command }, lines, exitCode: exitCodes.done };
  }
  const lines = [...heads, `This is not possible (${plan.code}):`, `  ${plan.because}`];
  return { json: answer, lines, exitCode: exitCodeOfRefusal(plan.code) };
}

/** What was said; the rest the act decides by itself. */
function present(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
