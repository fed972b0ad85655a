import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Arrivals, watchMails } from "../../../scripts/bench/load/mail-watch.ts";
import { tinySupplier } from "../../notifications/tiny-supplier.ts";

/** A watch of a list that says so, whose end is there when "last" has come. */
async function watching(list: string, withinMs = 5_000): Promise<Arrivals> {
  await using standIn = await tinySupplier();
  standIn.answer(200, list);
  const watch = await watchMails(standIn.url, withinMs);
  onTestFinished(() => watch.close());
  expect(await watch.of("last")).toBe(9_000);
  return watch;
}

test("knows an order's first mail, whoever asks later, and each order's own", async () => {
  const watch = await watching("o1 1000\no2 2000\no1 3000\nlast 9000\n");
  expect(await watch.of("o1")).toBe(1_000);
  expect(await watch.of("o2")).toBe(2_000);
});

test("says which order had no mail in time", async () => {
  const watch = await watching("o1 1000\nlast 9000\n", 50);
  await expect(watch.of("o2")).rejects.toThrow("No mail about o2 in 0.05 s.");
});

test("nobody waits any longer when the stand-ins have stopped", async () => {
  const server = createServer((_, answer) => answer.write("o1 1000\n")).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const watch = await watchMails(`http://127.0.0.1:${port}`, 60_000);
  expect(await watch.of("o1")).toBe(1_000);
  const never = watch.of("o2");
  server.closeAllConnections();
  await expect(never).rejects.toThrow("The stand-ins have stopped.");
});
