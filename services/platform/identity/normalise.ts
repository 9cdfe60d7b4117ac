/** One spelling per account number, so that the same account always gets the same pseudonym. Pure. */

const plain = /^[0-9A-Z]*$/
const separators = /[\s\p{Dash_Punctuation}\p{Format}_]+/gu

/**
 * Full-width forms become ASCII (NFKC), letters upper case, blanks and dashes go.
 * @returns `''` when nothing is left: the source said nothing
 */
export function normaliseNumber(clear: string): string {
  if (plain.test(clear)) return clear
  return clear.normalize('NFKC').replace(separators, '').toUpperCase()
}
