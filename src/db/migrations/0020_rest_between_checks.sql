-- A check of all invariants reads whole tables: it rests the longer, the longer it took, so that
-- what it costs does not grow with what there is to check.
ALTER TABLE invariant_rounds ADD COLUMN rest_seconds double precision NOT NULL DEFAULT 0;
