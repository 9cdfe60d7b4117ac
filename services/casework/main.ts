/** The process of casework. */
import { runProcess } from '../platform/process/run.ts'
import { caseworkProcess } from './process.ts'

process.exit(await runProcess(caseworkProcess))
