/** SKUs are kept as written and compared without case: this is the form that is compared. */
export function foldSku(written: string): string {
  return written.toLowerCase();
}

/**
 * What a SKU may look like: up to 64 printable ASCII characters, blanks only inside. Beyond
 * ASCII, PostgreSQL and JavaScript do not agree on what lower case is.
 */
export const skuPattern = /^[!-~]([ -~]{0,62}[!-~])?$/;
