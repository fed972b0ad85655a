/** Stripe keeps idempotency keys for at least a day: docs.stripe.com/api/idempotent_requests. */
export const keyHours = 23;
