import type { FileProgress } from './publish/publish-file.ts'

/** How far a file has come, for the person who waits. */
export interface IngestProgress {
  /** `inspecting`: the first pass, which decides what the file is; `reading`: records go to the log. */
  readonly phase: 'inspecting' | 'reading'
  /** Records read so far, refused and skipped ones included. */
  readonly records: number
  readonly refused: number
  /** Bytes of the decompressed content; `bytesTotal` is unknown while a file is inspected. */
  readonly bytes: number
  readonly bytesTotal: number | undefined
  /** Records a second since the reading began. */
  readonly ratePerSecond: number
  /** Milliseconds until the end at the rate so far; unknown at the start. */
  readonly restMs: number | undefined
}

const reportEveryMs = 200

/** Turns what the reader says into progress, at most five times a second and at the end. `elapsed`: monotonic milliseconds. */
export function progressMeter(
  onProgress: (progress: IngestProgress) => void,
  elapsed: () => number,
): {
  readonly inspecting: (bytes: number) => void
  readonly reading: (progress: FileProgress, bytesTotal: number) => void
} {
  let reported = Number.NEGATIVE_INFINITY
  let begun: number | undefined
  const isDue = (now: number): boolean => {
    if (now - reported < reportEveryMs) return false
    reported = now
    return true
  }
  return {
    inspecting(bytes) {
      if (!isDue(elapsed())) return
      const unknown = { bytesTotal: undefined, restMs: undefined }
      onProgress({ phase: 'inspecting', records: 0, refused: 0, bytes, ratePerSecond: 0, ...unknown })
    },
    reading({ published, refused, alreadyTaken, bytes }, bytesTotal) {
      const now = elapsed()
      begun ??= now
      if (!isDue(now)) return
      const records = published + refused + alreadyTaken
      const took = now - begun
      onProgress({
        phase: 'reading',
        ...{ records, refused, bytes, bytesTotal },
        ratePerSecond: took > 0 ? (records * 1000) / took : 0,
        restMs: bytes > 0 && took > 0 ? (took * Math.max(0, bytesTotal - bytes)) / bytes : undefined,
      })
    },
  }
}
