import type { Document } from 'yaml'
import { z } from 'zod'
import { isMergeKey, unusableAlias, yaml } from '../engine/yaml.ts'
import { type Problem, type ValidationError, validationErrorOf } from '../shared/validationErrors.ts'

/** Configuration written as YAML: the file, or a list in an environment variable. */
interface YamlText {
  /** Keys and lists as plain objects and arrays, each value as the text that was typed: `password: 0123` keeps its zero. */
  readonly value: unknown
  /** Parses the value by a schema; null: invalid, and every problem was added with its line, column and key. */
  readonly check: <T>(schema: z.ZodType<T>) => T | null
}

/** Parses a YAML text. Problems start with `label` and call its root `root`; null: not YAML, and that was added to `problems`. */
export function openYaml(label: string, text: string, root: readonly string[], problems: Problem[]): YamlText | null {
  const { LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', customTags: ['null'], merge: true, lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${label}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const add = (offset: number, key: string, validationError: ValidationError) => problems.push({ at: at(offset), key, validationError })
  // The parser reads levels by recursion; beyond some hundreds each of them is an error.
  const tooDeep = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (tooDeep) {
    add(tooDeep.pos[0], '', { kind: 'nestedTooDeep' })
    return null
  }
  for (const { pos, message } of [...document.errors, ...document.warnings]) add(pos[0], '', { kind: 'said', text: yamlMessage(message) })
  if (document.errors.length > 0) return null
  const alias = unusableAlias(document)
  if (alias !== null) {
    add(alias, '', { kind: 'aliasUnusable' })
    return null
  }
  // Every server of a long list may use the same anchor; the total size was already checked.
  const value: unknown = document.toJS({ maxAliasCount: -1 })
  return {
    value,
    check: (schema) => {
      const { success, data, error } = schema.safeParse(value)
      if (success) return data
      const found = error.issues.map((issue) => ({ ...placeOf(document, issue.path), validationError: validationErrorOf(issue) }))
      for (const { offset, path, validationError } of found.sort((a, b) => a.offset - b.offset))
        add(offset, z.core.toDotPath([...root, ...path]), validationError)
      return null
    },
  }
}

/** Offset of the key of a path (or the item of a list), and the part of the path that exists in the document. */
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

/** The value under a key or an index, through aliases and merged maps, and the node that marks its position. */
function childOf(document: Document.Parsed, parent: unknown, key: PropertyKey): { readonly node: unknown; readonly place: unknown } | null {
  const { isAlias, isMap, isScalar, isSeq } = yaml()
  const node = isAlias(parent) ? parent.resolve(document) : parent
  if (isSeq(node)) return node.items.length > Number(key) ? { node: node.items[Number(key)], place: node.items[Number(key)] } : null
  if (!isMap(node)) return null
  const own = node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
  if (own) return { node: own.value, place: own.key }
  for (const { key: merge, value } of node.items) {
    if (!isMergeKey(merge)) continue
    for (const each of isSeq(value) ? value.items : [value]) {
      const found = childOf(document, each, key)
      if (found) return found
    }
  }
  return null
}

/** Removes quoted text from the parser's messages, because it may be a password: after a colon, or a tag (`!name`) or directive (`%name`) anywhere. */
const yamlMessage = (message: string) =>
  message
    .replace(/(?<=\w):[\s"].*$/s, '')
    .replaceAll(/[!%]\S+/g, '…')
    .replace(/\s*\n.*$/s, '')
