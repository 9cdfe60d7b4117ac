/** The process of web. */
import { runProcess } from '../platform/process/run.ts'
import { webProcess } from './process.ts'

process.exit(await runProcess(webProcess))
