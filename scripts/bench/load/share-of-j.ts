import type { Bench } from "../bench.ts";
import type { BenchWorld } from "../bench-world.ts";
import { peaksOf } from "../measure/meter.ts";
import { emptyJobsAtRest } from "../measure/yardsticks.ts";
import type { Row } from "../result.ts";
import { withShortLoads } from "./short-loads.ts";
import { usualLines } from "./usual-lines.ts";

/** The shares of single blocks differ by a third; nine blocks take three minutes. */
export const blocks = 9;
/** Of a full load's time: 12 seconds. */
const part = 3 / 5;

/** The crowd's rate as a share of J, block by block and of all blocks together. */
export async function measureShareOfJ(
  world: BenchWorld,
  bench: Bench,
): Promise<{ jobsShare: number; rows: Row[] }> {
  const { pace, say } = bench;
  let peakMb = {};
  const { each, together } = await withShortLoads(world, bench, part, async (load) =>
    compareInTurn({
      say,
      rate: async () => {
        const { perSecond, after } = await load(usualLines);
        peakMb = peaksOf(world, after);
        return perSecond;
      },
      jobs: async () => (await emptyJobsAtRest(world, pace.yardstickMs)).perSecond,
    }),
  );
  const rows = [
    ...each.map((figures, index) => ({ label: `block ${index + 1}`, figures })),
    { label: "all blocks", figures: { ...together, peakMb } },
  ];
  return { jobsShare: together.jobsShare, rows };
}

export interface InTurn {
  /** Orders a second. */
  rate(): Promise<number>;
  /** J. */
  jobs(): Promise<number>;
  say(line: string): void;
}

/**
 * Looks at J before and after each of the rates, for what the machine gives changes within seconds.
 * Together, all rates stand against all of J: no single look decides.
 */
export async function compareInTurn({ rate, jobs, say }: InTurn) {
  const each: ShareOfJ[] = [];
  let before = await jobs();
  for (let nr = 1; nr <= blocks; nr++) {
    const perSecond = await rate();
    const after = await jobs();
    const block = shareOf(perSecond, (before + after) / 2);
    say(`Block ${nr} of ${blocks}: ${perSecond.toFixed(0)} orders/s, ${inWords(block)}`);
    each.push(block);
    before = after;
  }
  const mean = (key: keyof ShareOfJ) => each.reduce((sum, block) => sum + block[key], 0) / blocks;
  return { each, together: shareOf(mean("inTurnPerSecond"), mean("emptyJobsPerSecond")) };
}

interface ShareOfJ {
  inTurnPerSecond: number;
  emptyJobsPerSecond: number;
  jobsShare: number;
}

function shareOf(inTurnPerSecond: number, emptyJobsPerSecond: number): ShareOfJ {
  return { inTurnPerSecond, emptyJobsPerSecond, jobsShare: inTurnPerSecond / emptyJobsPerSecond };
}

function inWords({ jobsShare, emptyJobsPerSecond }: ShareOfJ): string {
  return `${jobsShare.toFixed(3)} of a J of ${emptyJobsPerSecond.toFixed(0)}`;
}
