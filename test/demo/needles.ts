/** Looks for many byte strings at once in anything that was written down. */

/** What to look for. */
export interface Needle {
  /** What it is, for the report; never the secret itself. */
  readonly what: string
  readonly bytes: Buffer
}

/** A text in the forms in which it might have slipped through. */
export function formsOf(what: string, text: string): Needle[] {
  const utf8 = Buffer.from(text)
  return [
    { what, bytes: utf8 },
    { what: `${what}, base64`, bytes: Buffer.from(utf8.toString('base64').replace(/=+$/, '')) },
    { what: `${what}, base64url`, bytes: Buffer.from(utf8.toString('base64url')) },
    { what: `${what}, hex`, bytes: Buffer.from(utf8.toString('hex')) },
  ]
}

/** Needles by their first four bytes. */
export class Needles {
  private readonly byStart = new Map<number, Needle[]>()

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      if (needle.bytes.length < 4) throw new RangeError(`${needle.what} is too short to look for`)
      const start = needle.bytes.readUInt32BE(0)
      const known = this.byStart.get(start)
      if (known === undefined) this.byStart.set(start, [needle])
      else known.push(needle)
    }
  }

  /** @returns what was found in `hay`, each kind once */
  find(hay: Buffer): ReadonlySet<string> {
    const found = new Set<string>()
    let last = 0
    for (let at = 0; at < hay.length; at += 1) {
      last = ((last << 8) | (hay[at] ?? 0)) >>> 0
      if (at < 3) continue
      for (const { what, bytes } of this.byStart.get(last) ?? []) {
        const from = at - 3
        if (hay.compare(bytes, 0, bytes.length, from, Math.min(hay.length, from + bytes.length)) === 0)
          found.add(what)
      }
    }
    return found
  }
}
