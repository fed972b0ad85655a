-- What calls for a person is looked for often, and is rare.
CREATE INDEX orders_by_attention ON orders (shop_id, id) WHERE attention IS NOT NULL;
