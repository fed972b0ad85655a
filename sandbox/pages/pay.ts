import { html } from "hono/html";
import { frame, type Html } from "./layout.ts";

const cards = [
  ["pm_card_visa", "Visa", "pays at once"],
  ["pm_card_visa_chargeDeclined", "Visa", "is declined"],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", "Visa", "lacks the funds"],
  ["pm_card_threeDSecure2Required", "Visa", "asks for 3D Secure"],
] as const;

/**
 * A storefront's pay page, as small as can be.
 *
 * The order's id is in the query, its token in the fragment, which no server gets to see; the
 * script reads both and asks Aurora.
 */
export function payPage(auroraUrl: string): Html {
  const choices = cards.map(
    ([id, name, note], i) => html`<label class="choice">
      <input type="radio" name="card" value="${id}" ${i === 0 ? "checked" : ""} />
      <span>${name} <span class="soft">${note}</span></span>
    </label>`,
  );
  return frame(
    "Your order",
    html`<main class="narrow" id="shop" data-aurora="${auroraUrl}">
      <h1 id="title">Your order</h1>
      <p class="soft" id="until"></p>
      <p class="note" id="note" role="status">One moment: your order is being looked up.</p>
      <div class="card" id="order" hidden><table class="lines" id="lines"></table></div>
      <form class="pay" id="pay" hidden>
        <h2>Choose a test card</h2>
        ${choices}
        <button class="first" id="submit">Pay</button>
      </form>
      <noscript><p class="note bad">This page needs JavaScript to read your order.</p></noscript>
      <script src="/pay.js" type="module"></script>
    </main>`,
  );
}
