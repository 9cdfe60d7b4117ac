/** Who gives a command. */
import { userInfo } from 'node:os'

/** The user of this system: whoever says nothing else of themselves. */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an entry, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
