import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FileRefusedError } from '../../core/reasons.ts'

const chunkBytes = 256 * 1024
const gzipErrors = /^(Z_|ERR_.*ZLIB)/

/** A file that can be read from its beginning more than once; the same bytes every time, or an error. */
export interface Source {
  /** Base name, for the person at the terminal. It may itself hold an account number: never publish or log it. */
  readonly name: string
  readonly isGzip: boolean
  /** Bytes on disk when it was opened; later growth is not read. */
  readonly storedBytes: number
  /**
   * The content, decompressed.
   * @throws FileRefusedError `corrupt_gzip`, `file_too_large`, `unreadable_file`, `file_changed`
   */
  chunks(): AsyncGenerator<Buffer, void, undefined>
  close(): Promise<void>
}

function refusalOf(error: unknown): unknown {
  if (error instanceof FileRefusedError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (gzipErrors.test(code)) return new FileRefusedError('corrupt_gzip', code, { cause: error })
  return code === '' ? error : new FileRefusedError('unreadable_file', code, { cause: error })
}

async function isGzip(handle: FileHandle): Promise<boolean> {
  const magic = Buffer.alloc(2)
  const { bytesRead } = await handle.read(magic, 0, 2, 0)
  return bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b
}

/** Opens without waiting: a named pipe is no file. */
async function openHandle(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw refusalOf(error)
  }
}

/**
 * Opens a regular file, plain or gzip by its first bytes (not its name).
 * @param maxBytes bound of the decompressed content
 * @throws FileRefusedError `unreadable_file` (with the system's code), `not_a_file`, `empty_file`
 */
export async function openSource(path: string, maxBytes: number): Promise<Source> {
  const handle = await openHandle(path)
  try {
    const before = await handle.stat()
    if (!before.isFile()) throw new FileRefusedError('not_a_file', '')
    if (before.size === 0) throw new FileRefusedError('empty_file', '')
    const gzip = await isGzip(handle)
    return {
      name: basename(path),
      isGzip: gzip,
      storedBytes: before.size,
      async *chunks() {
        let total = 0
        for await (const chunk of bytesOf(handle, before.size, gzip)) {
          total += chunk.length
          if (total > maxBytes) throw new FileRefusedError('file_too_large', `${maxBytes} bytes`)
          yield chunk
        }
      },
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw refusalOf(error)
  }
}

/** Exactly the bytes that were there at the opening. A stream of the handle would close it with itself. */
async function* storedChunks(handle: FileHandle, size: number): AsyncGenerator<Buffer, void, undefined> {
  let at = 0
  while (at < size) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - at))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) throw new FileRefusedError('file_changed', '')
    at += bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}

async function* bytesOf(
  handle: FileHandle,
  size: number,
  gzip: boolean,
): AsyncGenerator<Buffer, void, undefined> {
  const stored = storedChunks(handle, size)
  // The callback is needed to have errors of the file end the decompression; they surface where the chunks are awaited.
  const content = gzip ? pipeline(stored, createGunzip({ chunkSize: chunkBytes }), () => undefined) : stored
  try {
    for await (const chunk of content) yield chunk as Buffer
  } catch (error) {
    throw refusalOf(error)
  }
}
