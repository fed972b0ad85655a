import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { places } from "../../../scripts/world/places.ts";
import { type Ending, runCommand } from "../../support/command.ts";
// They bring up servers of their own, where ours have to be found, too.
import "../../support/database.ts";

type Figure = number | null | Record<string, number | null>;
type Row = { label: string; figures: Record<string, Figure> };
export type Result = {
  name: string;
  rows: Row[];
  bounds: { what: string; value: number | null; isMet: boolean }[];
};

/** npm run bench with a folder of the test file's own. */
export function useBench() {
  const bench = {
    folder: "",
    run: async (...args: string[]): Promise<Ending> =>
      await runCommand("bench", [...args, "--out", bench.folder], {}),
  };
  beforeAll(() => {
    bench.folder = mkdtempSync(path.join(places.test, "bench-"));
  });
  afterAll(() => rmSync(bench.folder, { recursive: true, force: true }));
  return bench;
}
