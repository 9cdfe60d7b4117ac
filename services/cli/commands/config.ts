import { loadConfig, redacted } from '../../platform/config/config.ts'
import { configReference } from '../../platform/config/reference.ts'
import { printJson } from '../terminal.ts'

/** Prints the settings in force with secrets hidden, or the reference of all settings. */
export async function config(options: { readonly reference?: boolean }): Promise<void> {
  if (options.reference === true) process.stdout.write(configReference())
  else printJson(redacted(loadConfig(process.env)))
}
