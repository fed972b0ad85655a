/** Shows the order that the link names and lets its customer pay, as a shop's own page would. */

const PUBLISHABLE_KEY = "pk_test_sandbox";
const LOOK_AGAIN_MS = 1_000;
const MAX_LOOKS = 600;

const messages = {
  draft: ["", "This order has not been placed yet."],
  reserving: ["wait", "One moment: your items are being set aside."],
  paid: ["good", "Paid. Thank you! A confirmation is on its way to you."],
  fulfilling: ["good", "Paid, and being packed."],
  completed: ["good", "Paid and sent. Thank you!"],
  cancelled: ["bad", "This order was cancelled. Nothing can be paid any more."],
  rejected: ["bad", "Some of the items are out of stock, so there is nothing to pay."],
};

/** What became of the money of an order that was paid once. */
const moneyMessages = {
  refunded: ["", "Your money is on its way back to you."],
  partially_refunded: ["good", "Paid. Part of your money is on its way back to you."],
  disputed: ["", "Your bank is looking into this payment."],
};

const orderId = new URLSearchParams(location.search).get("order") ?? "";
const token = readToken();
const auroraUrl = find("shop").dataset.aurora;
let clientSecret = null;
const redirectStatus = new URLSearchParams(location.search).get("redirect_status");
let refusal = redirectStatus === "failed" ? "Your bank did not confirm it was you." : null;
let isPaying = redirectStatus === "succeeded";

find("pay").addEventListener("submit", (event) => {
  event.preventDefault();
  void pay(new FormData(event.target).get("card"));
});
void look(0);

/** Reads the order and, while something may still happen to it, soon reads it again. */
async function look(looks) {
  const order = await readOrder();
  if (order === undefined) return;
  show(order);
  const mayChange = ["reserving", "awaiting_payment"].includes(order.status);
  if (mayChange && looks < MAX_LOOKS) setTimeout(() => look(looks + 1), LOOK_AGAIN_MS);
}

async function readOrder() {
  if (orderId === "" || token === "") {
    tell("bad", "This link is not complete. Please open it again from your mail.");
    return undefined;
  }
  try {
    const response = await fetch(`${auroraUrl}/v1/orders/${encodeURIComponent(orderId)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (response.ok) return await response.json();
    find("pay").hidden = true;
    if (response.status === 410) tell("bad", (await response.json()).detail);
    else if (response.status >= 500) tell("bad", "The shop cannot answer just now. Try again.");
    else tell("bad", "This link does not open an order. Please open it again from your mail.");
  } catch {
    tell("bad", `The shop at ${auroraUrl} cannot be reached. Try again in a moment.`);
  }
  return undefined;
}

function show(order) {
  find("title").textContent = `Order ${order.number}`;
  showLines(order);
  clientSecret = order.payment?.clientSecret ?? null;
  const payable = order.status === "awaiting_payment" && clientSecret !== null;
  find("pay").hidden = !payable || isPaying;
  find("submit").textContent = `Pay ${money(order.totalMinor, order.currency)}`;
  find("until").textContent = payable ? heldUntil(order.expiresAt) : "";
  if (order.status !== "awaiting_payment") {
    tell(...(moneyMessages[order.paymentStatus] ?? messages[order.status] ?? otherwise(order)));
  } else if (refusal !== null) tell("bad", refusal);
  else if (isPaying) tell("wait", "One moment: your payment is being made.");
  else if (payable) tell("", "Your items are set aside for you.");
  else tell("wait", "One moment: the payment is being prepared.");
}

function otherwise({ status }) {
  return ["", `This order is ${status}.`];
}

function showLines(order) {
  const rows = order.lines.map((line) =>
    row(`${line.quantity} × ${line.name}`, money(line.totalMinor, order.currency)),
  );
  for (const { name, kind, amountMinor } of order.adjustments ?? []) {
    rows.push(row(name ?? kind, money(amountMinor, order.currency)));
  }
  rows.push(row("Total", money(order.totalMinor, order.currency)));
  find("lines").replaceChildren(...rows);
  find("order").hidden = false;
}

/** Confirms with Stripe from the browser: publishable key and client secret, as Stripe.js does. */
async function pay(card) {
  if (clientSecret === null || isPaying) return;
  setPaying(true);
  refusal = null;
  tell("wait", "One moment: your payment is being made.");
  const id = clientSecret.split("_secret_")[0];
  const form = new URLSearchParams({ payment_method: card, client_secret: clientSecret });
  form.set("return_url", `${location.origin}/pay?order=${encodeURIComponent(orderId)}`);
  try {
    const response = await fetch(`/v1/payment_intents/${id}/confirm`, {
      method: "POST",
      headers: { authorization: `Bearer ${PUBLISHABLE_KEY}` },
      body: form,
    });
    const answer = await response.json();
    const redirect = answer.next_action?.redirect_to_url?.url;
    if (redirect) {
      location.assign(redirect);
      return;
    }
    if (response.ok) return;
    refusal = `${answer.error.message} You can try another card.`;
  } catch {
    refusal = "The payment could not be sent. Please try again.";
  }
  setPaying(false);
  tell("bad", refusal);
}

function setPaying(value) {
  isPaying = value;
  find("submit").disabled = value;
}

/** The bank's page leads back here without the fragment, so this tab remembers the token. */
function readToken() {
  const place = `token of ${orderId}`;
  const given = location.hash.slice(1);
  if (given !== "") sessionStorage.setItem(place, given);
  return given === "" ? (sessionStorage.getItem(place) ?? "") : given;
}

function heldUntil(expiresAt) {
  if (!expiresAt) return "";
  const time = new Date(expiresAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `Set aside until ${time}`;
}

function money(amountMinor, currency) {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  return format.format(amountMinor / 10 ** digits);
}

function row(name, amount) {
  const cells = [name, amount].map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  });
  cells[1].className = "amount";
  const line = document.createElement("tr");
  line.append(...cells);
  return line;
}

function tell(tone, text) {
  find("note").className = `note ${tone}`;
  find("note").textContent = text;
}

function find(id) {
  return document.getElementById(id);
}
