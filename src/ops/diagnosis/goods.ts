import type { OrderFacts } from "../facts/facts.ts";
import { ago } from "./words.ts";

type Goods = Pick<OrderFacts, "fulfilment" | "lines" | "now">;

/** How far a paid order's goods are on their way, as a sentence; empty where none has left. */
export function goodsInWords(facts: OrderFacts): string {
  const { shipments, returns } = facts.fulfilment;
  const last = shipments.at(-1);
  if (!last) return "";
  const [shipped, returned] = [piecesOf(shipments), piecesOf(returns)];
  const back = returned > 0 ? `, and ${returned} came back` : "";
  const when = ago(facts, new Date(last.shippedAt));
  const left = leftToShip(facts);
  if (left === 0) return ` Its goods were shipped ${when}${back}.`;
  return ` ${shipped} of ${shipped + left} pieces are shipped, the last ${when}${back}.`;
}

/** What a dispute means for goods: what is here stays here, what has left is evidence. */
export function disputedGoods(facts: OrderFacts): string {
  const { shipments } = facts.fulfilment;
  const last = shipments.at(-1);
  const isOpen = facts.disputes.some(({ status }) => status === "open");
  const wouldShip = facts.order.status === "paid" || facts.order.status === "fulfilling";
  const stays =
    isOpen && wouldShip ? ` Nothing${last ? " more" : ""} ships until it is closed.` : "";
  if (!last) return stays;
  const tracked = last.trackingNumber !== null || last.trackingUrl !== null;
  const proof = tracked ? ": the carrier's record is your evidence" : "";
  return ` Goods were shipped ${ago(facts, new Date(last.shippedAt))}${proof}.${stays}`;
}

function leftToShip({ fulfilment, lines }: Goods): number {
  const ordered = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const cancelled = fulfilment.cancelled.reduce((sum, { quantity }) => sum + quantity, 0);
  return ordered - cancelled - piecesOf(fulfilment.shipments);
}

function piecesOf(parcels: readonly { lines: { quantity: number }[] }[]): number {
  const lines = parcels.flatMap((parcel) => parcel.lines);
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
