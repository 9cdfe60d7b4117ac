/** The process of supervise. */
import { runProcess } from '../platform/process/run.ts'
import { superviseProcess } from './process.ts'

process.exit(await runProcess(superviseProcess))
