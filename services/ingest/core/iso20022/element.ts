/** One XML element as ISO 20022 needs it: local names, attributes, text; mixed content does not occur. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
  readonly children: Element[]
  /** Line on which its start tag ends. */
  readonly line: number
}

/** The element at `path` (local names, `/` between them): the first one at every step. */
export function find(element: Element | undefined, path: string): Element | undefined {
  let at = element
  for (const name of path.split('/')) {
    at = at?.children.find((child) => child.name === name)
    if (at === undefined) return undefined
  }
  return at
}

/** The trimmed text at the first of `paths` that has some, or `''`. */
export function textAt(element: Element | undefined, ...paths: readonly string[]): string {
  for (const path of paths) {
    const text = find(element, path)?.text.trim() ?? ''
    if (text !== '') return text
  }
  return ''
}

/** The trimmed texts of all children called `name`. */
export function textsOf(element: Element | undefined, name: string): readonly string[] {
  const children = element?.children.filter((child) => child.name === name) ?? []
  return children.map((child) => child.text.trim()).filter((text) => text !== '')
}

/** Elements in a tree, itself included. */
export function sizeOf(element: Element): number {
  let size = 1
  for (const child of element.children) size += sizeOf(child)
  return size
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}

/** The element as XML again: local names, no insignificant blanks. */
export function serialised(element: Element): string {
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`)
  const content = element.children.map(serialised).join('') || escaped(element.text.trim())
  return `<${element.name}${attributes.join('')}>${content}</${element.name}>`
}
