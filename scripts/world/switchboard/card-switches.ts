import type { StandInDesk } from "./stand-in-desk.ts";
import type { Switch } from "./switch.ts";

/** How the next customer's card behaves, whichever they use. */
const nextCards = [
  {
    id: "next_card_declined",
    card: "pm_card_visa_chargeDeclined",
    title: "Next card is declined",
    happens: "The next customer who pays is told that the card was declined.",
    watch: "The order stays payable until its hold ends, and its page says why it is not paid.",
  },
  {
    id: "next_card_3ds",
    card: "pm_card_threeDSecure2Required",
    title: "Next card asks for 3D Secure",
    happens: "The next customer's bank asks them to confirm the payment.",
    watch: "The order waits for the customer; approve or refuse it below, among the orders.",
  },
] as const;

/** What customers' banks and refunds do next. */
export function cardSwitches(desk: StandInDesk): Switch[] {
  const group = "Cards and refunds";
  const setCard = (card?: string) => desk.tell("stripe/next_card", card ? { card } : {});
  const cards = nextCards.map(({ card, ...about }): Switch => {
    return {
      ...{ ...about, group, undo: () => setCard() },
      state: ({ stripe }) => (stripe.nextCard === card ? "strikes the next one" : null),
      acts: [
        {
          id: "next",
          label: "Strike the next one",
          run: () => setCard(card).then(() => `${about.title}.`),
        },
        { id: "off", label: "Take it back", run: () => setCard().then(() => "Cards do as usual.") },
      ],
    };
  });
  return [...cards, slowRefunds(desk, group)];
}

function slowRefunds(desk: StandInDesk, group: string): Switch {
  const setRefunds = (status: string) => desk.tell("stripe/refunds", { status });
  return {
    ...{ id: "refunds_pend", group, title: "Refunds stay on their way" },
    happens: "New refunds are pending at Stripe until somebody says how they ended.",
    watch: "A refunded order says that its money is on its way, and does not send it again.",
    undo: () => setRefunds("succeeded"),
    state: ({ stripe }) => (stripe.refundStatus === "pending" ? "on" : null),
    acts: [
      {
        id: "on",
        label: "Break it",
        run: () => setRefunds("pending").then(() => "New refunds stay pending."),
      },
      {
        id: "off",
        label: "Mend it",
        run: () => setRefunds("succeeded").then(() => "New refunds succeed at once."),
      },
    ],
  };
}
