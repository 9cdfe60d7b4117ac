/** Takes account numbers, other long numbers and the parties' names out of free text. Pure. */

/** Six or more digits, ASCII or full-width, also when blanks, dots or dashes stand between them. */
const longNumber = /[0-9０-９](?:[ \t\u3000.\-‐-―－]?[0-9０-９]){5,}/gu
const mask = '***'
const shortestName = 2

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

/**
 * Masks with `***`: every number of six or more digits, and each of `secrets` (names, accounts, ids) wherever it stands, in any case.
 * Secrets of one character are left alone: they would take apart ordinary words.
 */
export function scrubbed(text: string, secrets: readonly string[]): string {
  if (text === '') return ''
  const known = secrets
    .filter((secret) => secret.length >= shortestName)
    .toSorted((a, b) => b.length - a.length)
  let clean = text
  const lower = text.toLowerCase()
  for (const secret of known) {
    if (lower.includes(secret.toLowerCase())) clean = clean.replace(new RegExp(escaped(secret), 'giu'), mask)
  }
  return clean.replace(longNumber, mask)
}
