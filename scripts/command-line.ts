import { type ParseArgsConfig, parseArgs } from "node:util";
import { MissingPiece } from "./world/missing-piece.ts";

/** The command was called in a way that it does not know. */
export class Misuse extends MissingPiece {}

/** How a command is called: shown to those who ask, and to those who call it otherwise. */
export function commandLine(usage: string) {
  const shown = usage.includes("\n") ? `\n\n${usage}` : ` ${usage}`;
  const misuse = (fault: string) => new Misuse(fault, `It goes like this:${shown}`);
  return {
    usage,
    misuse,
    /** Answers --help before anything is looked for, and ends. */
    answerHelp(args: readonly string[]): void {
      if (!args.includes("--help")) return;
      console.log(usage);
      process.exit(0);
    },
    /** @throws Misuse for an option that the command does not have */
    parse<Config extends ParseArgsConfig>(config: Config) {
      try {
        return parseArgs(config);
      } catch (error) {
        throw misuse(error instanceof Error ? error.message : String(error));
      }
    },
  };
}
