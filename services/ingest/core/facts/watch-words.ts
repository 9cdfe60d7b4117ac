/** Words in the name or scope of an enterprise that say finance. Pure. */

/** Words that only licensed institutions may bear (防范和处置非法集资条例, Order 737, Art. 9). */
export const statutoryWords = ['金融', '交易所', '交易中心', '理财', '财富管理', '股权众筹'] as const

const separators = /[\s\p{Punctuation}\p{Format}]+/gu

function comparable(text: string): string {
  return text.normalize('NFKC').replace(separators, '').toLowerCase()
}

/**
 * The watch words that a registered text holds, in the order of the list; blanks, punctuation, case and full-width forms do not hide one.
 * @param words default: those of the law; authorities may agree on more
 */
export function wordsIn(text: string, words: readonly string[] = statutoryWords): readonly string[] {
  const within = comparable(text)
  return words.filter((word) => comparable(word) !== '' && within.includes(comparable(word)))
}
