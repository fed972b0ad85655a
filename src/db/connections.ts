/**
 * How many connections a web process opens at most, by what they are for. Stripe's events and our
 * own health must not queue behind a busy shop; nor buyers behind lists and operators' pages.
 */
export function webConnections(pool: number) {
  return { orders: pool, webhooks: 2, searches: Math.ceil(pool / 2), health: 1 };
}

/** The same of a worker: a sweeper checks the invariants on a connection of its own. */
export function workerConnections(pool: number) {
  return { jobs: pool, invariants: 1 };
}
