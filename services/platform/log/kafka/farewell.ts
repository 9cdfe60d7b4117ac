/**
 * Says good-bye for members that were killed on this machine: the group waits for a silent member until its session is over,
 * unless somebody tells that it is gone. kafkajs has no static members, which is the protocol's own answer.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from '../embedded/presence.ts'

/** What a member leaves behind while it lives. */
interface Trace {
  readonly pid: number
  readonly memberId: string
}

/** The traces of one group's members in a folder. */
export class Farewell {
  private readonly directory: string
  private readonly file: string

  /** @param name drawn for this member; a process may have several */
  constructor(directory: string, name: string) {
    this.directory = directory
    this.file = join(directory, `${name}.json`)
  }

  /** Member ids whose processes are gone; their traces are taken away. */
  gone(): readonly string[] {
    const found: string[] = []
    for (const file of this.files()) {
      const trace = read(file)
      if (trace !== undefined && isAlive(trace.pid)) continue
      if (trace !== undefined) found.push(trace.memberId)
      rmSync(file, { force: true })
    }
    return found
  }

  /** This member has joined. */
  joined(memberId: string): void {
    mkdirSync(this.directory, { recursive: true })
    writeFileSync(this.file, JSON.stringify({ pid: process.pid, memberId } satisfies Trace))
  }

  /** This member has left in order. */
  left(): void {
    rmSync(this.file, { force: true })
  }

  private files(): readonly string[] {
    try {
      return readdirSync(this.directory).map((file) => join(this.directory, file))
    } catch {
      return []
    }
  }
}

/** Undefined when the file is empty or torn, as it may be after a kill. */
function read(file: string): Trace | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Trace
  } catch {
    return undefined
  }
}
