/**
 * Something the local world needs and cannot have: one sentence of what is wrong
 * and one of what to do, shown to a person without a stack trace.
 */
export class MissingPiece extends Error {
  override readonly name = "MissingPiece";

  constructor(whatIsWrong: string, whatToDo: string) {
    super(`${whatIsWrong} ${whatToDo}`);
  }
}

/** The sentence for faults of the machine that any step can meet, if it is one of those. */
function machineFault(error: unknown): MissingPiece | undefined {
  if (error instanceof MissingPiece) return error;
  const { code, path } = error as { code?: string; path?: string };
  const where = path === undefined ? "" : ` (${path})`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new MissingPiece(`The disk is full${where}.`, "Free some space and run this again.");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new MissingPiece(
        `This account may not write here${where}.`,
        "Run it in a folder of your own, as the user who owns it.",
      );
    case "EMFILE":
    case "ENFILE":
      return new MissingPiece("Too many files are open.", "Raise the limit: ulimit -n 4096.");
    case "EAGAIN":
    case "ENOMEM":
      return new MissingPiece(
        "The machine has no memory or process slots left.",
        "Close something and run this again.",
      );
    default:
      return undefined;
  }
}

/** Ends an entry program: a foreseen fault as its sentence, any other with its stack. */
export function endWith(error: unknown): never {
  const fault = machineFault(error);
  if (fault) process.stderr.write(`\n${fault.message}\n`);
  else console.error(error);
  process.exit(1);
}
