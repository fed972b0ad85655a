import type { Db } from "../db/connect.ts";
import type { ContactSafe } from "../notifications/contacts.ts";
import type { OrderStatus } from "../orders/lifecycle.ts";
import { inTime } from "../patience.ts";
import type { PaymentReads } from "../payments/gateway.ts";
import { seenBy } from "./access/mask.ts";
import { may, type Operator } from "./access/roles.ts";
import { findEvent, findOrders, findProduct } from "./search/find.ts";
import { looksFor, looksForPerson, namesPerson } from "./search/looks.ts";

export type SearchMeans = {
  db: Db;
  contacts: Pick<ContactSafe, "hashesOfEmail" | "hashesOfPhone">;
  gateway?: Pick<PaymentReads, "intentOfCharge"> | undefined;
};

/** `what` says in which way it fits what was asked for. */
export type Hit =
  | {
      kind: "order";
      orderId: string;
      number: string;
      status: OrderStatus;
      placedAt: Date;
      shopName: string;
      totalMinor: number;
      currency: string;
      what: string;
    }
  | { kind: "product"; sku: string; what: string }
  | { kind: "event"; eventId: string; what: string };

export type Found = {
  hits: Hit[];
  /** More orders fit than are shown. */
  more: boolean;
  /** What else to try, where nothing was found. */
  hint: string | null;
};

export const mostHits = 50;
const longestQuery = 200;
/** People wait for this. */
const stripeMilliseconds = 2_000;

/** Who could search for persons could find out who bought, and what, by trying. */
const notForViewers = "Searching by e-mail or phone is for operators.";

/** Finds whatever fits exactly what somebody typed or pasted, as far as their role may ask. */
export async function search(
  means: SearchMeans,
  operator: Pick<Operator, "role">,
  typed: string,
): Promise<Found> {
  const query = typed.trim();
  const mayFindPersons = may(operator, "operator");
  const isForbidden = !mayFindPersons && namesPerson(query);
  const none = nothing(mayFindPersons, isForbidden);
  if (query === "" || query.length > longestQuery || query.includes("\0")) return none;
  if (isForbidden && query.includes("@")) return none;
  const { db, contacts } = means;
  const looks = [
    ...looksFor(query, await intentBehind(means, query)),
    // What looks like a phone number may be a SKU, or an order's number, too.
    ...(mayFindPersons ? looksForPerson(query, contacts) : []),
  ];
  const [orders, product, event] = await Promise.all([
    findOrders(db, looks, mostHits + 1),
    findProduct(db, query),
    findEvent(db, query),
  ]);
  const found = [...product, ...event, ...orders.slice(0, mostHits)];
  const hits = found.map((hit) => seenHit(operator, hit));
  return hits.length === 0 ? none : { hits, more: orders.length > mostHits, hint: null };
}

/** What fits is told in words, some of which others wrote; ids and SKUs lead to pages. */
function seenHit(operator: Pick<Operator, "role">, hit: Hit): Hit {
  const what = seenBy(operator, hit.what);
  if (hit.kind !== "order") return { ...hit, what };
  return { ...hit, what, shopName: seenBy(operator, hit.shopName) };
}

function nothing(mayFindPersons: boolean, isForbidden: boolean): Found {
  const persons = mayFindPersons ? "an e-mail address, a phone number with its country code, " : "";
  const whatCanBeSearched =
    `Search for an order's number or id, ${persons}a Stripe id (pi_, ch_, re_, du_, evt_), a ` +
    "SKU, or a message's id. Only whole ones are found.";
  const because = isForbidden ? notForViewers : "Nothing fits.";
  return { hits: [], more: false, hint: `${because} ${whatCanBeSearched}` };
}

/** Of charges we know the declined ones only; Stripe tells of the others whose they are. */
async function intentBehind({ gateway }: SearchMeans, query: string): Promise<string | null> {
  if (!gateway || !/^(ch|py)_\w+$/.test(query)) return null;
  return await inTime(gateway.intentOfCharge(query), stripeMilliseconds).catch(() => null);
}
