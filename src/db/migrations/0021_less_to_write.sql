-- What an order writes on its way is made smaller.

-- Room for what changes no index: the new version then stands on the same page, and no index of
-- the table is written.
ALTER TABLE orders SET (fillfactor = 80);
ALTER TABLE payments SET (fillfactor = 80);

-- Of a payment's entries only its losses are looked for; those of an order have their index.
DROP INDEX ledger_entries_by_payment;
CREATE INDEX ledger_losses_by_payment ON ledger_entries (payment_id) WHERE account = 'losses';
