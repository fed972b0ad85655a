import type { OpenAPIHono } from "@hono/zod-openapi";
import { inTransaction } from "../db/transaction.ts";
import { Refused } from "../errors.ts";
import { fingerprints } from "../fingerprint.ts";
import type { Contact } from "../notifications/contacts.ts";
import { checkOutOrder } from "../orders/edits/check-out-order.ts";
import { editOrder } from "../orders/edits/edit-order.ts";
import type { EditRequest } from "../orders/edits/plan-edit.ts";
import { previewEdit } from "../orders/edits/preview-edit.ts";
import { findOrder } from "../orders/find-order.ts";
import { follow } from "../orders/in-batches.ts";
import { orderAccess } from "./access.ts";
import { awaitEdit } from "./await-edit.ts";
import { asPreferred } from "./await-payable.ts";
import { jsonBody, optionalJsonBody } from "./body.ts";
import type { ApiEnv, ApiParts } from "./environment.ts";
import type { Live } from "./live/live.ts";
import { checkoutRoute, editRoute } from "./order-change-routes.ts";
import { goodsJson } from "./order-json.ts";
import { needsSecretKey, withoutReasons } from "./order-refusals.ts";
import type { OrderPatch } from "./order-requests.ts";
import { patiently } from "./patiently.ts";
import { readOrder } from "./read-order.ts";

/** Orders change before they are paid: drafts are edited and checked out. */
export function addOrderChanges(app: OpenAPIHono<ApiEnv>, parts: ApiParts, live: Live): void {
  const { db, settings } = parts;
  const fingerprint = fingerprints(parts.serverKey);

  app.openapi(
    { ...checkoutRoute, middleware: [orderAccess(db), optionalJsonBody()] },
    async (c) => {
      const { order, isGuest, actor } = c.get("access");
      const request = {
        ...{ orderId: order.id, shopId: order.shopId, actor },
        idempotencyKey: c.req.valid("header")["idempotency-key"],
        fingerprint: fingerprint({ checkout: order.id }),
      };
      const { replayed, repriced, ...advanced } = await patiently(() =>
        inTransaction(db, (trx) => checkOutOrder(trx, settings, request)),
      ).catch((error) => {
        throw isGuest ? withoutReasons(error) : error;
      });
      follow(parts, advanced);
      const read = () => readOrder(parts, order.id, { isGuest });
      const shown = await asPreferred(c, live.desk, await read(), read);
      c.header("ETag", `"${shown.order.version}"`);
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json({ ...shown.json, repriced }, shown.isDecided ? 200 : 202);
    },
  );

  app.openapi({ ...editRoute, middleware: [orderAccess(db), jsonBody()] }, async (c) => {
    const { order, isGuest, actor } = c.get("access");
    const patch = c.req.valid("json");
    if (patch.adjustments && isGuest) throw needsSecretKey();
    const request: EditRequest = {
      ...{ orderId: order.id, shopId: order.shopId, actor, isGuest },
      version: versionIn(c.req.valid("header")["if-match"]),
      lines: patch.lines ?? null,
      adjustments: patch.adjustments ?? null,
      ...(await personIn(parts, order.id, patch)),
    };
    const asGuest = (error: unknown) => {
      throw isGuest ? withoutReasons(error) : error;
    };
    if (c.req.valid("query").dryRun === "true") {
      const preview = inTransaction(db, (trx) => previewEdit(trx, settings, request));
      const { goods, ...rest } = await preview.catch(asGuest);
      return c.json({ dryRun: true as const, ...goodsJson(goods), ...rest }, 200);
    }
    const edit = inTransaction(db, (trx) => editOrder(trx, settings, request));
    follow(parts, await edit.catch(asGuest));
    // Whom it is for is changed at once, whatever the goods wait for.
    const changesGoods = request.lines !== null || request.adjustments !== null;
    const isKnown = !changesGoods || (await awaitEdit(db, order.id, request.version));
    const { order: now, json } = await readOrder(parts, order.id, { isGuest });
    c.header("ETag", `"${now.version}"`);
    return c.json(json, isKnown ? 200 : 202);
  });
}

function versionIn(header: string | undefined): number {
  const [, digits] = /^(?:W\/)?"(\d{1,9})"$/.exec(header?.trim() ?? "") ?? [];
  if (digits !== undefined) return Number(digits);
  const message = 'Send the ETag of the order that you read, such as "7".';
  throw new Refused("if_match_required", message, [{ field: "If-Match", message }]);
}

type Person = Pick<EditRequest, "contact" | "locale">;

/** The order's person with what the patch says of them: what it does not name stays. */
async function personIn(
  { db, contacts }: ApiParts,
  orderId: string,
  { contact, shippingAddress }: OrderPatch,
): Promise<Person> {
  const locale = contact?.locale ?? null;
  if (contact === undefined && shippingAddress === undefined) return { contact: null, locale };
  const order = await findOrder(db, orderId);
  const known = order?.contact ? contacts.open(order.contact) : null;
  const email = contact?.email ?? known?.email;
  if (email === undefined) {
    throw new Refused("invalid_body", "The order has no contact yet: it needs an e-mail first.", [
      { field: "contact.email", message: "Must be there: the order has none yet." },
    ]);
  }
  const person: Contact = {
    email,
    phone: contact?.phone === undefined ? (known?.phone ?? null) : contact.phone,
    name: contact?.name === undefined ? (known?.name ?? null) : contact.name,
    address: shippingAddress === undefined ? (known?.address ?? null) : shippingAddress,
  };
  return { contact: contacts.seal(person), locale };
}
