-- Money that came by other means than Stripe goes back by other means, too: an operator gives it
-- back by hand and puts that on record. Nobody waits for it, and Stripe never hears of it.
ALTER TABLE refunds
  ADD COLUMN provider text NOT NULL DEFAULT 'stripe',
  ADD CONSTRAINT refund_provider_is_known CHECK (provider IN ('stripe', 'external')),
  DROP CONSTRAINT money_goes_back_through_stripe,
  ADD CONSTRAINT money_goes_back_through_stripe CHECK (
    provider <> 'stripe' OR status NOT IN ('pending', 'succeeded') OR stripe_id IS NOT NULL
  ),
  ADD CONSTRAINT given_back_elsewhere_is_done CHECK (
    provider = 'stripe' OR (status = 'succeeded' AND stripe_id IS NULL AND asked_at IS NULL)
  );
