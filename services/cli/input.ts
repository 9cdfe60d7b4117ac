import { factKinds, isFactKind } from '../../schemas/fact.ts'
import type { FactKind } from '../../schemas/fact.ts'
import { fileReasons } from '../ingest/app.ts'
import type { InputOptions, RefusedInput } from '../ingest/app.ts'
import { CommandError, exitCodes } from './terminal.ts'

const encodings = ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const

/** The encoding a person named. @throws CommandError for an unknown one */
export function encodingOf(name: string | undefined): InputOptions['encoding'] | undefined {
  if (name === undefined) return undefined
  const found = encodings.find((encoding) => encoding === name.toLowerCase())
  if (found === undefined) {
    throw new CommandError(`unknown encoding "${name}"; there are ${encodings.join(', ')}`, exitCodes.usage)
  }
  return found
}

/** The kind of facts a person named. @throws CommandError for an unknown one */
export function factKindOf(name: string | undefined): FactKind | undefined {
  if (name === undefined || isFactKind(name)) return name
  throw new CommandError(
    `没有事实类别 "${name}" / there is no kind of facts "${name}"; there are ${factKinds.join(', ')}`,
    exitCodes.usage,
  )
}

/** Why nothing of a file can be used, for the person who gave it. */
export function openRefusal(file: string, refused: Pick<RefusedInput, 'reason' | 'detail'>): CommandError {
  const { zh, en } = fileReasons[refused.reason]
  const detail = refused.detail === '' ? '' : ` (${refused.detail})`
  const code = refused.reason === 'unreadable_file' ? exitCodes.notFound : exitCodes.validation
  return new CommandError(`${file}: ${refused.reason}${detail}\n  ${zh}\n  ${en}`, code)
}
