import type { Books, Job } from "./books.ts";
import type { Letter } from "./letters.ts";

export type AtTheShop = Extract<
  Letter,
  { does: "cancel" | "ship" | "takeBack" | "force" | "edit" | "refund" }
>;

/** What customers and the shop want of one order. */
export function actAtTheShop(books: Books, orderId: string, letter: AtTheShop): Promise<Job[]> {
  switch (letter.does) {
    case "cancel": {
      const { quantity, refund, isGuest } = letter;
      return books.cancel({ orderId, quantity, refund, isGuest });
    }
    case "ship":
      return books.ship(orderId, letter.quantity);
    case "takeBack": {
      const { quantity, restock, refund } = letter;
      return books.takeBack({ orderId, quantity, restock, refund });
    }
    case "force":
      return books.force(orderId);
    case "edit":
      return books.edit(orderId, letter.quantity);
    case "refund":
      return books.refund(orderId, letter.amountMinor);
  }
}
