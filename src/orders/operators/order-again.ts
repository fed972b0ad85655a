import { createHash } from "node:crypto";
import type { Settings } from "../../config.ts";
import type { Trx } from "../../db/transaction.ts";
import { Refused } from "../../errors.ts";
import type { ContactSafe, SealedContact } from "../../notifications/contacts.ts";
import type { Advanced } from "../advance.ts";
import { findOrder, type OrderView } from "../find-order.ts";
import { orderNumber } from "../ids.ts";
import { type Kin, lockKin } from "../kin.ts";
import { type OrderRequest, placeOrders } from "../place-order.ts";
import { refuseOpenMoney } from "../refuse-open-money.ts";
import { remark } from "../remark.ts";
import { type ActOn, lockOrder, note } from "./lock-order.ts";

export type OrderingAgain = ActOn & { contacts: ContactSafe; idempotencyKey: string };

/** Orders that are over: only they are placed anew. */
const overStatuses: readonly string[] = ["rejected", "expired", "cancelled"];

/**
 * Places an order that is over anew, for the same customer and at today's prices. As soon as its
 * goods are held, the customer is sent the link to pay.
 *
 * @throws Refused where goods can't be sold any more, or the customer was erased
 */
export async function orderAgain(
  trx: Trx,
  settings: Settings,
  { orderId, contacts, actor, idempotencyKey }: OrderingAgain,
): Promise<{ orderId: string; number: string } & Advanced> {
  const inHand = await lockOrder(trx, orderId);
  const { status } = inHand;
  if (!overStatuses.includes(status)) {
    throw new Refused("order_not_over", `The order is ${status}: only one that is over is copied.`);
  }
  const kin = await lockKin(trx, [orderId]);
  refuseTwins(kin);
  await refuseOpenMoney(trx, [orderId, ...kin.map(({ id }) => id)]);
  const old = await findOrder(trx, orderId);
  if (!old) throw new Refused("order_not_found", "There is no such order. Check its id.");
  const request: OrderRequest = {
    shop: await shopOf(trx, old.shopId),
    // Of its own kind: a storefront's key can't be taken for an operator's.
    idempotencyKey: `order-again:${orderId}:${idempotencyKey}`,
    fingerprint: createHash("sha256").update(`order-again:${orderId}`).digest(),
    lines: old.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    adjustments: old.adjustments,
    ...{ contact: sealAnew(contacts, old), checkout: true },
    ...{ locale: old.locale, customerRef: old.customerRef, actor },
    copies: { orderId, number: old.number },
  };
  const { placements, hints } = await placeOrders(trx, settings, [request]);
  const newId = idOf(placements[0]);
  const made = { orderId: newId, number: orderNumber(newId) };
  await remark(trx, [{ orderId, event: "ordered_again", detail: made }], actor);
  return { ...made, moved: [], hints, noted: note(inHand, "ordered_again") };
}

/** Two of the kin that are alive would take the customer's goods twice, and perhaps their money. */
function refuseTwins(kin: readonly Kin[]): void {
  const twin = kin.findLast(({ status }) => !overStatuses.includes(status));
  if (!twin) return;
  const status = twin.status.replaceAll("_", " ");
  throw new Refused(
    "ordered_again_before",
    `The same goods were ordered as ${twin.number}, which is ${status}. Go on with that one.`,
  );
}

async function shopOf(trx: Trx, shopId: string): Promise<OrderRequest["shop"]> {
  const columns = ["id", "currency"] as const;
  return trx.selectFrom("shops").select(columns).where("id", "=", shopId).executeTakeFirstOrThrow();
}

function sealAnew(contacts: ContactSafe, { contact }: OrderView): SealedContact {
  if (contact === null) {
    throw new Refused("contact_erased", "The customer was erased: nobody is left to order for.");
  }
  const opened = contacts.open(contact);
  if (opened !== null) return contacts.seal(opened);
  throw new Refused("contact_sealed", "No key opens this contact. Check CONTACT_KEY.");
}

function idOf(
  placement: Awaited<ReturnType<typeof placeOrders>>["placements"][number] | undefined,
) {
  if (placement?.outcome === "placed") return placement.order.id;
  if (placement?.outcome === "replayed") return placement.orderId;
  const error = placement?.error;
  if (!(error instanceof Refused)) throw error ?? new Error("No order was placed.");
  const named = error.faults.slice(0, namedFaults).map(({ message }) => message);
  throw new Refused(error.code, [error.message, ...named].join(" "), error.faults);
}
const namedFaults = 10;
