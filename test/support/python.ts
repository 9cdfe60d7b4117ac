/** Python with the packages of docs/samples/python, kept in the cache folder beside other downloads. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cached } from '../../services/platform/broker/cache.ts'
import { run } from '../../services/platform/broker/run.ts'
import { toolsOf } from '../../services/platform/broker/tools.ts'

const samples = join(import.meta.dirname, '..', '..', 'docs', 'samples', 'python')

const requirements = join(samples, 'requirements.txt')
const python = process.env['PYTHON'] ?? 'python3'

async function install(folder: string): Promise<void> {
  process.stderr.write('making a Python environment for the samples\n')
  const steps = [
    [python, '-m', 'venv', folder],
    [join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--requirement', requirements],
  ]
  for (const [program = '', ...parameters] of steps) {
    const { code, output } = await run(program, parameters)
    if (code !== 0) throw new Error(`${[program, ...parameters].join(' ')} ended with ${code}: ${output}`)
  }
}

/**
 * The interpreter; undefined, and said loudly, where it cannot be had. Its environment is made once for each list of packages and
 * version of Python.
 */
export async function samplePython(): Promise<string | undefined> {
  try {
    const { output, code } = await run(python, ['-VV'])
    if (code !== 0) throw new Error(output)
    const made = createHash('sha256').update(output).update(readFileSync(requirements)).digest('hex')
    const name = `python-samples-${made.slice(0, 12)}`
    return join(await cached(toolsOf(process.env).cacheDirectory, name, install), 'bin', 'python')
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    process.stderr.write(`\n*** PYTHON TESTS ARE SKIPPED ***\n${problem}\n\n`)
    return undefined
  }
}

/** What a sample program said. */
export interface SampleOutcome {
  readonly code: number | null
  /** Lines of JSON on standard output. */
  readonly printed: readonly unknown[]
  readonly complaints: string
}

/** Runs a sample program to its end; two minutes at most. */
export async function runSample(
  program: string,
  script: string,
  parameters: readonly string[],
): Promise<SampleOutcome> {
  const child = spawn(program, [join(samples, script), ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  const [printed, complaints, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    }),
  ])
  const lines = printed.split('\n').filter((line) => line !== '')
  return { code, complaints, printed: lines.map((line): unknown => JSON.parse(line)) }
}
