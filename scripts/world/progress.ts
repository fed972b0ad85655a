/**
 * Lines of progress with the time since the command began, on stderr: stdout belongs to
 * what the command answers. The bootstrap has begun the count.
 */
export function progress(env: NodeJS.ProcessEnv): (line: string) => void {
  const begin = Number(env["AURORA_STARTED_AT"] ?? Date.now());
  return (line) => {
    const seconds = ((Date.now() - begin) / 1000).toFixed(1).padStart(5);
    process.stderr.write(`${seconds} s  ${line}\n`);
  };
}
