import type { Applied } from "../../src/orders/paying/apply-intent.ts";
import type { Observation } from "../../src/payments/intent.ts";
import type { Job } from "./books.ts";

/** A job whose intention is on record, while Stripe has not been asked yet. */
export type Asked = { job: Job; at: number; call(): Promise<Heard> };

/** What Stripe answered, while nobody has written it down yet. May be applied more than once. */
export type Heard = { job: Job } & (
  | { seen: Observation; after(applied: Applied | null): Promise<Asked | null> }
  | { seen: null; after(): Promise<Asked | null> }
);
