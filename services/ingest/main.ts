/** The process of ingest. */
import { runProcess } from '../platform/process/run.ts'
import { ingestProcess } from './process.ts'

process.exit(await runProcess(ingestProcess))
