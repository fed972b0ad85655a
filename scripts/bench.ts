import { throughput } from "./bench/benchmarks/throughput.ts";
import { endWith } from "./world/missing-piece.ts";
import { progress } from "./world/progress.ts";
import { watchForStop } from "./world/stop-signal.ts";

try {
  const say = progress(process.env);
  const signal = watchForStop(process.env, () => process.exit(1));
  const profileFolder = process.argv[2];
  const result = await throughput({
    env: process.env,
    say,
    signal,
    ...(profileFolder && { profileFolder }),
  });
  console.log(JSON.stringify(result, undefined, 1));
  process.exit(0);
} catch (error) {
  endWith(error);
}
