import { findCard, paymentMethodOf } from "./cards.ts";
import type { Form } from "./form.ts";
import { invalid, readList } from "./params.ts";
import type { StripeWorld } from "./world.ts";

/** An object as it is answered, with others in the place of their ids. */
type Answer = { [name: string]: unknown };
type Find = (world: StripeWorld, id: string) => object | null;

/** Stripe's limit: `a.b.c.d`, where `data` of a list counts too. */
const MAX_DEPTH = 4;
/** As many of a charge's refunds as Stripe shows within it. */
const REFUNDS_SHOWN = 10;

const intent: Find = ({ books }, id) => books.intents.get(id) ?? null;
const charge: Find = ({ books }, id) => books.charges.get(id) ?? null;
const transaction: Find = ({ books }, id) => books.transactions.get(id) ?? null;
const method: Find = (_, id) => paymentMethodOf(findCard(id));
const source: Find = ({ books }, id) =>
  books.charges.get(id) ?? books.refunds.get(id) ?? books.disputes.get(id) ?? null;

/** Which fields hold the id of another object, by the kind of the object that they are in. */
const links: { [object: string]: { [field: string]: Find } } = {
  payment_intent: { latest_charge: charge, payment_method: method, customer: () => null },
  charge: { payment_intent: intent, balance_transaction: transaction, customer: () => null },
  refund: {
    charge,
    payment_intent: intent,
    payment_method: method,
    balance_transaction: transaction,
    failure_balance_transaction: transaction,
  },
  dispute: { charge, payment_intent: intent },
  balance_transaction: { source },
};

/** The object's JSON, with what `expand[]` asks for; items of lists are asked for with `data.`. */
export function renderObject(
  world: StripeWorld,
  object: { object: string },
  form: Form,
  prefix: "" | "data." = "",
): string {
  const paths = readList(form, "expand");
  if (paths === undefined) return world.books.jsonOf(object);
  const answer: Answer = { ...object };
  for (const path of paths) {
    const steps = path.split(".");
    if (!path.startsWith(prefix) || steps.length > MAX_DEPTH) throw notExpandable(path);
    expandPath(world, answer, prefix === "" ? steps : steps.slice(1), path);
  }
  return JSON.stringify(answer);
}

function expandPath(world: StripeWorld, answer: Answer, steps: string[], path: string): void {
  const [field = "", ...rest] = steps;
  const expanded = expandField(world, answer, field, path);
  if (rest.length === 0 || expanded === null) return;
  if (isList(expanded)) {
    if (rest[0] !== "data" || rest.length === 1) throw notExpandable(path);
    for (const item of expanded.data) expandPath(world, item, rest.slice(1), path);
    return;
  }
  expandPath(world, expanded, rest, path);
}

/** Puts a copy in the place of the id, so that the books themselves stay as they are. */
function expandField(world: StripeWorld, answer: Answer, field: string, path: string) {
  const before = answer[field];
  if (typeof before === "object" && before !== null) return before as Answer;
  if (answer["object"] === "charge" && field === "refunds") {
    answer[field] = refundsOf(world, String(answer["id"]));
    return answer[field] as Answer;
  }
  const find = links[String(answer["object"])]?.[field];
  if (find === undefined) throw notExpandable(path);
  const found = typeof before === "string" ? find(world, before) : null;
  answer[field] = found && { ...found };
  return answer[field] as Answer | null;
}

function refundsOf({ books }: StripeWorld, chargeId: string) {
  const refunds = books.refunds.rows.filter((refund) => refund.charge === chargeId).reverse();
  return {
    object: "list",
    data: refunds.slice(0, REFUNDS_SHOWN).map((refund) => ({ ...refund })),
    has_more: refunds.length > REFUNDS_SHOWN,
    url: `/v1/charges/${chargeId}/refunds`,
  };
}

function isList(answer: Answer): answer is { data: Answer[] } {
  return answer["object"] === "list";
}

function notExpandable(path: string) {
  return invalid("expand", `This property cannot be expanded: ${path}`);
}
