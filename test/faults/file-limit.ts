/**
 * A full disk for one process alone: the kernel refuses every write behind a size (RLIMIT_FSIZE), with an error as a full disk
 * gives it (EFBIG instead of ENOSPC), while everybody else writes on.
 */
import { run } from '../../services/platform/broker/run.ts'

const program = 'prlimit'

/** Whether this machine can do it. */
export async function canLimitFiles(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  return run(program, ['--version']).then(
    ({ code }) => code === 0,
    () => false,
  )
}

/** No write of the process gets behind `bytes` of any file from now on; undefined: as far as the disk goes. A process that is gone does not mind. */
export async function limitFiles(pid: number, bytes: number | undefined): Promise<void> {
  await run(program, ['--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:`])
}
