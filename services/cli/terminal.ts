/** What a command says and where: data on stdout, everything else on stderr (target.md 5). */

/** Exit codes of `weir`, the same for every command. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  validation: 3,
  notFound: 4,
  partial: 5,
  interrupted: 130,
} as const

/** A command ends early with a message for people and a code for machines. */
export class CommandError extends Error {
  readonly exitCode: number
  /** Stable name of what went wrong, where there is one. */
  readonly reason: string | undefined
  constructor(
    message: string,
    exitCode: number = exitCodes.failure,
    options?: ErrorOptions & { readonly reason?: string },
  ) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
    this.reason = options?.reason
  }
}

/** One line on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** One JSON document on stdout, snake_case keys, one line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** A progress line: rewritten in place on a terminal, at most every few seconds elsewhere. */
export interface ProgressLine {
  update(text: string): void
  /** Ends the line; with a text, that text stays. */
  done(text?: string): void
}

/** Opens a progress line on stderr. */
export function progressLine(quiet = false): ProgressLine {
  const isTerminal = process.stderr.isTTY && process.env['TERM'] !== 'dumb'
  const everyMs = isTerminal ? 100 : 3000
  let last = 0
  let isOpen = false
  return {
    update(text) {
      const now = performance.now()
      if (quiet || now - last < everyMs) return
      last = now
      if (isTerminal) process.stderr.write(`\r\u001b[2K${text}`)
      else say(text)
      isOpen = isTerminal
    },
    done(text) {
      if (isOpen) process.stderr.write('\r\u001b[2K')
      isOpen = false
      if (text !== undefined && !quiet) say(text)
    },
  }
}

/** `12,345`; the same in both languages. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Seconds as people read them: `42 s`, `3 min 10 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  if (seconds < 90) return `${Math.round(seconds)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** A number that somebody typed. @throws CommandError when it is none */
export function whole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CommandError(`"${text}" is not a whole number`, exitCodes.usage)
  }
  return value
}
