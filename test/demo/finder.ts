/** Looks for many byte strings at once in whatever form they may have been written. */

/** Something that must not be found, in one of the forms it may have taken. */
interface Needle {
  readonly name: string
  readonly bytes: Buffer
}

/** A secret with a name under which a find is reported. */
export interface Secret {
  readonly name: string
  readonly value: Buffer
}

/** Finds secrets in bytes. */
export interface Finder {
  /** Names of the secrets found, with the form in which they stand there. */
  find(haystack: Uint8Array): ReadonlySet<string>
}

/** Characters of a base64 text that depend on the value alone, when it begins `shift` bytes behind a group of three. */
function base64Inside(value: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(shift), value]).toString(encoding)
  const first = Math.ceil((shift * 8) / 6)
  return text.slice(first, Math.floor(((shift + value.length) * 8) / 6))
}

function escapedInJson(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (character) => {
    return String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, '0')
  })
}

/** Every form looked for: as it is, in UTF-16, in hexadecimal, in base64 wherever it begins, and escaped in JSON. */
export function formsOf({ name, value }: Secret): Needle[] {
  const text = value.toString('utf8')
  const hex = value.toString('hex')
  const forms: (readonly [string, Buffer])[] = [
    ['as it is', value],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['in hexadecimal', Buffer.from(hex)],
    ['in hexadecimal', Buffer.from(hex.toUpperCase())],
    ['escaped', Buffer.from(escapedInJson(text))],
    ...(['base64', 'base64url'] as const).flatMap((encoding) =>
      [0, 1, 2].map(
        (shift) => [`in ${encoding}`, Buffer.from(base64Inside(value, shift, encoding))] as const,
      ),
    ),
  ]
  const distinct = new Map(
    forms.toReversed().map(([form, bytes]) => [bytes.toString('latin1'), { form, bytes }]),
  )
  return [...distinct.values()].map(({ form, bytes }) => ({ name: `${name} ${form}`, bytes }))
}

const headBytes = 4

function headAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x1_00_00_00 +
    ((bytes[at + 1] ?? 0) << 16) +
    ((bytes[at + 2] ?? 0) << 8) +
    (bytes[at + 3] ?? 0)
  )
}

/** A finder for secrets of at least six bytes: shorter ones are found everywhere by chance. @throws RangeError for a shorter one */
export function finderOf(secrets: Iterable<Secret>): Finder {
  const byHead = new Map<number, Needle[]>()
  /** Which pairs of bytes a needle begins with: spares nearly all look-ups in the map. */
  const starts = new Uint8Array(0x1_00_00)
  for (const secret of secrets) {
    if (secret.value.length < 6) throw new RangeError(`${secret.name} is too short to look for`)
    for (const needle of formsOf(secret)) {
      const head = headAt(needle.bytes, 0)
      starts[((needle.bytes[0] ?? 0) << 8) + (needle.bytes[1] ?? 0)] = 1
      byHead.set(head, [...(byHead.get(head) ?? []), needle])
    }
  }
  return {
    find(haystack) {
      const found = new Set<string>()
      const buffer = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength)
      const end = buffer.length - headBytes
      for (let at = 0; at <= end; at += 1) {
        if (starts[((buffer[at] ?? 0) << 8) + (buffer[at + 1] ?? 0)] !== 1) continue
        for (const { name, bytes } of byHead.get(headAt(buffer, at)) ?? []) {
          if (bytes.equals(buffer.subarray(at, at + bytes.length))) found.add(name)
        }
      }
      return found
    },
  }
}
