import { readFileSync } from 'node:fs'

const manifest = new URL('../../../package.json', import.meta.url)

/** Version of Weir, as in package.json. */
export function weirVersion(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version
}
