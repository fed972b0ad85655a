import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { migrateToLatest } from "../../src/db/migrate.ts";
import { Unavailable } from "../../src/errors.ts";
import { readCursor, writeCursor } from "../../src/orders/feed-cursor.ts";
import { keepInstallation } from "../../src/orders/installation/decide-installation.ts";
import { quiet } from "../support/settings.ts";
import { untilRead, useFeedDesk } from "./feed-desk.ts";

const desk = useFeedDesk();

describe("a cursor", () => {
  test("is read back as it was written, and nothing else is", () => {
    const orderId = "01900000-0000-7000-8000-000000000001";
    const cursor = { position: 2 ** 53 - 1, orderId, seq: 2_147_483_647 };
    const text = writeCursor(cursor);
    expect(text).toMatch(/^[\w-]+$/);
    expect(readCursor(text)).toEqual(cursor);
    for (const wrong of ["", "x", `${text}=`, `${text}A`, orderId, text.slice(1)]) {
      expect(readCursor(wrong), wrong).toBeNull();
    }
    expect(readCursor(writeCursor({ ...cursor, position: 2 ** 54 }))).toBeNull();
    expect(readCursor(writeCursor({ ...cursor, seq: 2 ** 31 }))).toBeNull();
  });

  test("outlives a dump that is loaded where transactions are counted anew", async () => {
    const orderId = await desk.order();
    const reader = await desk.readerAtTheEnd();
    // As if all that is here had come from a server that has seen a billion transactions more.
    await sql`UPDATE order_events SET feed_position = feed_position + 1e9`.execute(desk.db);
    if (reader.cursor) reader.cursor.position += 1e9;
    await expect(reader.catchUp()).rejects.toThrow(Unavailable);

    await migrateToLatest(desk.url, quiet);
    expect(await reader.catchUp()).toEqual([]);
    const next = await desk.happenNow(orderId);
    await untilRead(reader, next);
    expect(reader.seen).toEqual([next]);
    const generation = async () => (await sql`SELECT * FROM feed_clock`.execute(desk.db)).rows;
    const before = await generation();
    await migrateToLatest(desk.url, quiet);
    expect(await generation()).toEqual(before);
  });

  test("from a future that was undone waits for an operator's word, and then goes on", async () => {
    const orderId = await desk.order();
    const reader = await desk.readerAtTheEnd();
    if (reader.cursor) reader.cursor.position += 1e6;
    await expect(reader.catchUp()).rejects.toMatchObject({ code: "cursor_ahead" });
    const found = { account: null, livemode: null };
    await keepInstallation(desk.db, { found, reason: "Restored to 10:00", actor: "cli:test" });
    const next = await desk.happenNow(orderId);
    await untilRead(reader, next);
    expect(reader.seen).toEqual([next]);
  });
});
