import { Refused } from "../../src/errors.ts";
import type { Look } from "../../src/orders/paying/look-at-payments.ts";
import type { NewRefund } from "../../src/payments/gateway.ts";
import type { Books, Job } from "./books.ts";
import type { Asked } from "./steps.ts";
import type { TinyStripe } from "./tiny-stripe.ts";

/** What the workers do about refunds and disputes, cut where a process can die. */
export class MoneyBackCrew {
  readonly #books: Books;
  readonly #stripe: TinyStripe;

  constructor(books: Books, stripe: TinyStripe) {
    this.#books = books;
    this.#stripe = stripe;
  }

  async refund(job: Job): Promise<Asked | null> {
    const start = await this.#books.claimRefund(job.id);
    if (start.todo === "nothing") return null;
    const { wanted, paymentId, tryNumber, isOld } = start;
    if (!isOld) return this.#askForRefund(job, wanted, paymentId);
    // Its key may be forgotten: what Stripe has is looked at first.
    return this.lookAtRefunds(job, paymentId, async () => {
      const renewed = await this.#books.renewRefund(job.id, tryNumber);
      return renewed && this.#askForRefund(job, renewed, paymentId);
    });
  }

  /** Refused may mean that the money went back another way: the look says so. */
  #askForRefund(job: Job, wanted: NewRefund, paymentId: string): Asked {
    return this.#asked(job, async () => {
      let isRefused = false;
      try {
        this.#stripe.createRefund(wanted);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        isRefused = true;
      }
      const look = () =>
        this.lookAtRefunds(job, paymentId, async () => {
          if (isRefused) await this.#books.failRefund(job.id);
          return null;
        });
      return { job, seen: null, after: look };
    });
  }

  async lookAtRefunds(
    job: Job,
    paymentId: string,
    after = async (): Promise<Asked | null> => null,
  ) {
    return this.#lookAt(job, paymentId, (look) => {
      const refunds = this.#stripe.refundsOf(look.intentId);
      return async () => {
        await this.#books.applyRefunds([{ ...look, refunds }]);
        return after();
      };
    });
  }

  async lookAtDisputes(job: Job, paymentId: string) {
    return this.#lookAt(job, paymentId, (look) => {
      const disputes = this.#stripe.disputesOf(look.intentId);
      return async () => {
        await this.#books.applyDisputes([{ ...look, disputes }]);
        return null;
      };
    });
  }

  async #lookAt(
    job: Job,
    paymentId: string,
    read: (look: Look) => () => Promise<Asked | null>,
  ): Promise<Asked | null> {
    const look = await this.#books.claimLook(paymentId);
    if (look === null) return null;
    return this.#asked(job, async () => ({ job, seen: null, after: read(look) }));
  }

  #asked(job: Job, call: Asked["call"]): Asked {
    return { job, at: this.#stripe.seconds, call };
  }
}
