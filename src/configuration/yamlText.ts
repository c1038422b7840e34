import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'

/** Configuration written as YAML: the file, or a list in an environment variable. */
export interface YamlText {
  /** Keys and lists as plain objects and arrays, each value as the text that was typed: `password: 0123` keeps its zero. */
  readonly value: unknown
  /** Parses the value by a schema; null: invalid, and every problem was added with its line, column and key. */
  readonly check: <T>(schema: z.ZodType<T>) => T | null
}

/** Parses a YAML text. Problems start with `label` and call its root `root`; null: not YAML, and that was added to `problems`. */
export function openYaml(label: string, text: string, root: readonly string[], problems: string[]): YamlText | null {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', customTags: ['null'], merge: true, lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${label}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  for (const { pos, message } of [...document.errors, ...document.warnings]) problems.push(`${at(pos[0])}: ${withoutUserinfo(yamlWords(message))}`)
  if (document.errors.length > 0) return null
  // Every server of a long list may use the same anchor.
  const value: unknown = document.toJS({ maxAliasCount: -1 })
  return {
    value,
    check: (schema) => {
      const { success, data, error } = schema.safeParse(value, { error: shapeWords })
      if (success) return data
      const found = error.issues.map(({ path, message }) => ({ ...placeOf(document, path), message }))
      for (const { offset, path, message } of found.sort((a, b) => a.offset - b.offset)) {
        const name = z.core.toDotPath([...root, ...path])
        problems.push(`${at(offset)}: ${name === '' ? '' : `${name}: `}${withoutUserinfo(message)}`)
      }
      return null
    },
  }
}

/** Words for a value of the wrong type, or a missing one. */
export const shapeWords: z.core.$ZodErrorMap = ({ code, expected, input, path }) => {
  if (code !== 'invalid_type') return undefined
  if (input === undefined) return `"${String(path?.at(-1))}" is missing`
  return { string: 'expected text', array: 'expected a list', object: 'expected keys and values', number: 'expected a number' }[String(expected)]
}

/** For texts that are quoted back: an address may hold a password. */
export const withoutUserinfo = (text: string): string => text.replaceAll(/[^\s"'/@]*:[^\s"'/@]*@/g, '***@').replaceAll(/(:\/\/)[^\s"'/]*@/g, '$1***@')

/** Where the key of a path begins (or the item of a list), and the part of the path that the document has. */
function placeOf(document: Document.Parsed, path: readonly PropertyKey[]): { readonly offset: number; readonly path: readonly PropertyKey[] } {
  let node: unknown = document.contents
  let offset = 0
  for (const [depth, key] of path.entries()) {
    const child = childOf(document, node, key)
    if (!child) return { offset, path: path.slice(0, depth) }
    offset = (child.place as { range?: readonly number[] } | null)?.range?.[0] ?? offset
    node = child.node
  }
  return { offset, path }
}

/** The value under a key or an index, through aliases and merged maps, and the node that marks its place. */
function childOf(document: Document.Parsed, parent: unknown, key: PropertyKey): { readonly node: unknown; readonly place: unknown } | null {
  const node = isAlias(parent) ? parent.resolve(document) : parent
  if (isSeq(node)) return node.items.length > Number(key) ? { node: node.items[Number(key)], place: node.items[Number(key)] } : null
  if (!isMap(node)) return null
  const own = node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
  if (own) return { node: own.value, place: own.key }
  for (const { key: merge, value } of node.items) {
    // The key `<<` is a symbol.
    if (!isScalar(merge) || typeof merge.value !== 'symbol') continue
    for (const each of isSeq(value) ? value.items : [value]) {
      const found = childOf(document, each, key)
      if (found) return found
    }
  }
  return null
}

/** The parser's own messages quote what they trip over, which may be a password. */
const yamlWords = (message: string) => message.replace(/:\s*".*$/s, '').replace(/\s*\n.*$/s, '')
