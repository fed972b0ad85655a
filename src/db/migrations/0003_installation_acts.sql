-- What operators decided about the installation, and why. The last 'renew' is a border: payments
-- from before it were made by the installation that this database is a copy of.
CREATE TABLE installation_acts (
  id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  act    text        NOT NULL CHECK (act IN ('keep', 'renew')),
  reason text        NOT NULL CHECK (reason <> ''),
  actor  text        NOT NULL,
  -- The installation as it was before.
  was    jsonb       NOT NULL,
  at     timestamptz NOT NULL DEFAULT now()
);
