import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Result, useBench } from "./run-bench.ts";

const bench = useBench();

const numbers = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, expect.any(Number)]));

describe("npm run bench", () => {
  test("says for machines what it measured, and draws it", async () => {
    const chosen = "flash-sale,real-orders,open-orders,light,profile";
    const { code, stdout, stderr } = await bench.run("--quick", "--json", "--only", chosen);
    expect([code, stderr]).toEqual([0, expect.stringContaining("Measuring profile (5 of 5)")]);
    const { machine, results } = JSON.parse(stdout) as { machine: object; results: Result[] };
    expect(machine).toMatchObject({ cores: expect.any(Number), node: process.version });
    expect(results.map(({ name }) => name)).toEqual(chosen.split(","));
    expect(JSON.parse(readFileSync(path.join(bench.folder, "bench.json"), "utf8")).results).toEqual(
      results,
    );
    expect(readFileSync(path.join(bench.folder, "bench.svg"), "utf8")).toContain("real-orders");

    for (const name of ["web", "worker", "stand-ins"]) {
      expect(readFileSync(path.join(bench.folder, `flame-${name}.svg`), "utf8")).toContain("Busy ");
    }

    const [flash, real, open, light] = results;
    expect(flash?.rows[0]?.figures).toMatchObject({ sold: 50, rejected: 450 });
    expect(flash?.bounds).toMatchObject([{ isMet: true }, { isMet: true }, { isMet: true }]);
    expect(real?.bounds).toMatchObject([{ what: "orders/s of 22 lines" }]);
    expect(real?.rows[0]?.figures).toMatchObject({
      mostLines: 592,
      ...numbers("orders", "ordersPerSecond", "jobsShare", "commitsShare", "echoesShare"),
      ...numbers("ownCpuMs", "ownCpuInJobs", "driftOfJ", "connections", "redisConnections"),
      cpuMs: { web: expect.any(Number), worker: expect.any(Number), redis: expect.any(Number) },
    });
    expect(open?.rows[1]?.figures).toMatchObject({ orders: 50, late: { max: expect.any(Number) } });
    expect(light?.rows[0]?.figures).toMatchObject({
      orders: 100,
      paid: { p99: expect.any(Number) },
    });
  }, 300_000);

  test("shows tables to people, and which bound is met", async () => {
    const { code, stdout } = await bench.run("--quick", "--only", "limits,flash-sale");
    expect(stdout).toMatch(/J: empty BullMQ jobs\/s +\d+\n/);
    expect(stdout).toContain("  met      units sold: 50 (at least 50, at most 50)");
    expect(stdout).toMatch(/P: durable one-row commits\/s +\d+\n/);
    expect(code).toBe(0);
  }, 120_000);

  test("names the benchmarks when it is asked for one that is none", async () => {
    const { code, stderr } = await bench.run("--only", "throughputs");
    expect(code).toBe(1);
    expect(stderr).toContain('There is no benchmark "throughputs", only limits, throughput, light');
  });
});
