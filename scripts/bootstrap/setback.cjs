"use strict";

/** Something is missing that we cannot get: one sentence of what, one of what to do. */
class Setback extends Error {
  constructor(whatIsWrong, whatToDo) {
    super(`${whatIsWrong} ${whatToDo}`.trim());
    this.name = "Setback";
  }
}

/** The sentence for a fault, or undefined for one that nobody foresaw. */
function explain(error) {
  if (error instanceof Setback) return error.message;
  return explainText(`${error.code ?? ""} ${error.path ?? ""}`, "Aurora's folder");
}

/** Finds the common troubles of a machine in what a program said about its failure. */
function explainText(said, subject) {
  if (/ENOSPC|EDQUOT|no space left|not enough free space/i.test(said)) {
    return "The disk is full. Free about 500 MB in this folder and run the command again.";
  }
  if (/EACCES|EPERM|EROFS|permission denied|read-only file system/i.test(said)) {
    return `This account may not write into ${subject}. Run it as the user who owns the folder.`;
  }
  const network =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET/;
  if (
    network.test(said) ||
    /temporary failure resolving|could not connect|failed to fetch/i.test(said)
  ) {
    return (
      `The network does not answer, and ${subject} must be fetched once. ` +
      "Check the connection (or the proxy) and run the command again."
    );
  }
  return undefined;
}

module.exports = { Setback, explain, explainText };
