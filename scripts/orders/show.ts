import { planOf } from "../../src/ops/acts/acts.ts";
import { compareRecords } from "../../src/ops/acts/compare-records.ts";
import { type Diagnosis, diagnose, diagnoses } from "../../src/ops/diagnosis.ts";
import type { OrderFacts } from "../../src/ops/facts/facts.ts";
import { money } from "./money.ts";
import { moment, table } from "./table.ts";

/** One order for a person at a terminal: what is the matter first, then all of it. */
export function showOrder(facts: OrderFacts): string[] {
  const { order } = facts;
  const { currency, totalMinor, capturedMinor, refundedMinor } = order;
  const closing = order.closing === null ? "" : `, closing: ${order.closing}`;
  const diagnosis = diagnose(facts, planOf);
  return [
    `Order ${order.number}  ${order.status}${closing}  version ${order.version}`,
    `  ${order.id}`,
    `  ${order.shopName}, placed ${moment(order.placedAt)} UTC`,
    ...(order.expiresAt ? [`  ends ${moment(order.expiresAt)} UTC`] : []),
    `  total ${money(totalMinor, currency)}, taken ${money(capturedMinor, currency)}, ` +
      `given back ${money(refundedMinor, currency)}`,
    ...(order.attention === null ? [] : [`  flagged: ${order.attention}`]),
    ...diagnosisLines(diagnosis),
    ...records(facts),
    ...goods(facts),
    ...parcels(facts),
    ...messages(facts),
    ...jobs(facts),
    ...history(facts),
  ];
}

function diagnosisLines({ code, sentence, evidence, also, recommended }: Diagnosis): string[] {
  return [
    "",
    `${diagnoses[code].title} (${code})`,
    `  ${sentence}`,
    ...evidence.map(({ what, at }) => `  - ${what}${at ? ` (${moment(at)})` : ""}`),
    ...also.map((each) => `  Also: ${each.sentence} (${each.code})`),
    ...(recommended
      ? [`  Recommended: ${recommended.act}`, ...recommended.dryRun.map((each) => `    ${each}`)]
      : []),
  ];
}

function records(facts: OrderFacts): string[] {
  const { stripe } = facts;
  if (stripe.state === "unreachable") return ["", `Stripe does not answer: ${stripe.reason}`];
  const compared = compareRecords(facts);
  if (compared.length === 0) return ["", "Stripe was not asked: no payment was started there."];
  const rows = compared.flatMap(({ title, rows }) =>
    rows.map(({ field, ours, stripes, differs }) => {
      return [title, field, ours ?? "-", stripes ?? "-", differs ? "differs" : ""];
    }),
  );
  return ["", ...table(["RECORD", "FIELD", "OURS", "STRIPE", ""], rows)];
}

function goods({ lines, holds, order }: OrderFacts): string[] {
  const rows = lines.map(({ sku, name, quantity, unitPriceMinor }) => {
    const held = holds.filter((hold) => hold.sku === sku).map(({ status }) => status);
    const state = [...new Set(held)].join(", ") || "-";
    return [sku, name, String(quantity), money(unitPriceMinor, order.currency), state];
  });
  return ["", ...table(["SKU", "GOODS", "QUANTITY", "EACH", "HELD"], rows, [2, 3])];
}

function parcels({ fulfilment }: OrderFacts): string[] {
  const goodsOf = (lines: readonly { sku: string; quantity: number }[]) =>
    lines.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(", ");
  const rows = [
    ...fulfilment.shipments.map(({ carrier, trackingNumber, shippedAt, lines }) => {
      return [
        "shipped",
        moment(new Date(shippedAt)),
        goodsOf(lines),
        carrier,
        trackingNumber ?? "",
      ];
    }),
    ...fulfilment.returns.map(({ returnedAt, refundId, lines }) => {
      const money = refundId === null ? "no refund" : `refund ${refundId}`;
      return ["returned", moment(new Date(returnedAt)), goodsOf(lines), money, ""];
    }),
  ];
  if (rows.length === 0) return [];
  return ["", ...table(["GOODS", "AT (UTC)", "WHICH", "HOW", "NUMBER"], rows)];
}

function messages({ messages }: OrderFacts): string[] {
  if (messages.length === 0) return [];
  const rows = messages.map(({ id, template, channel, status, sentAt, reason }) => {
    return [id, template, channel, status, moment(sentAt), reason ?? ""];
  });
  return ["", ...table(["MESSAGE", "WHAT", "BY", "STATUS", "SENT", "WHY"], rows)];
}

function jobs({ jobs }: OrderFacts): string[] {
  if (jobs === null) return ["", "Redis does not answer: its jobs can't be shown."];
  if (jobs.length === 0) return [];
  const rows = jobs.map(({ queue, id, rows, state, failedReason }) => {
    return [queue, rows > 1 ? `${id}, one of ${rows} rows` : id, state, failedReason ?? ""];
  });
  return ["", ...table(["QUEUE", "JOB", "STATE", "WHY"], rows)];
}

function history({ events }: OrderFacts): string[] {
  const rows = events.map(({ seq, at, event, to, actor }) => {
    return [String(seq), moment(at), event, to, actor];
  });
  return ["", ...table(["SEQ", "AT (UTC)", "EVENT", "STATUS", "BY"], rows, [0])];
}
