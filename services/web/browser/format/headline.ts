/** Explanations as headlines. */

/** The sentence without the law in brackets: lists have room for what happened; the case page names the law. */
export function withoutBasis(sentence: string): string {
  return sentence
    .replace(/[(\uFF08]依据[:\uFF1A].*[)\uFF09]/u, '')
    .replace(/ ?\(basis: .*\)/u, '')
    .trim()
}
