import { spawn } from "node:child_process";
import type { ProcessMark } from "./process-mark.ts";

/**
 * Watches over the processes that we started, for the case that we are killed and cannot
 * stop them: a shell that reads from us, and ends them when we are no longer there to write.
 */
export interface Guardian {
  watch(mark: ProcessMark, signal: "INT" | "TERM"): void;
  forget(mark: ProcessMark): void;
  dismiss(): void;
}

/** End of input without "done" means that we died. Who has not ended in five seconds is killed. */
const script = `
watched=
while read -r word pid signal; do
  case $word in
    watch) watched="$watched $pid:$signal" ;;
    forget)
      kept=
      for one in $watched; do [ "\${one%%:*}" = "$pid" ] || kept="$kept $one"; done
      watched=$kept ;;
    done) exit 0 ;;
  esac
done
for one in $watched; do kill -s "\${one#*:}" "\${one%%:*}"; done
sleep 5
for one in $watched; do kill -s KILL "\${one%%:*}"; done
`;

export function startGuardian(): Guardian {
  const shell = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
  });
  shell.unref();
  // Without a guardian the world still works; only a kill -9 would leave servers to the next start.
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  const tell = (words: string) => shell.stdin.write(`${words}\n`);
  return {
    watch: (mark, signal) => void tell(`watch ${mark.pid} ${signal}`),
    forget: (mark) => void tell(`forget ${mark.pid}`),
    dismiss: () => void tell("done"),
  };
}
