/** Shows how a command is called to those who ask with --help, before anything is looked for. */
export function answerHelp(args: readonly string[], usage: string): void {
  if (!args.includes("--help")) return;
  console.log(usage);
  process.exit(0);
}
