import type { Alias, Document, Node } from 'yaml'
import { err, ok, type Result } from '../shared/result.ts'
import type { ValidationError } from '../shared/validationErrors.ts'
import { loadWhenUsed } from './loadWhenUsed.ts'

export const yaml = loadWhenUsed<typeof import('yaml')>('yaml')

/** Most values with all aliases expanded; more than any fleet has. A few lines of aliases can expand to a billion values. */
const mostValues = 200_000
/** The library looks up each alias among all of them. */
const mostAliases = 5_000

/** Offset of the first alias at which the library would throw, or hang: of an unknown anchor, circular, merged without being a map, or too many. null: none. */
export function unusableAlias(document: Document.Parsed): number | null {
  const { isAlias, isMap, isNode, isScalar, isSeq } = yaml()
  const anchors = new Map<string, Node>()
  /** Number of values in each node with an anchor; a node that is still being read has no entry yet. */
  const sizes = new Map<Node, number>()
  let aliases = 0
  let found: number | null = null
  const refuse = (node: unknown): number => {
    found ??= (isNode(node) && node.range?.[0]) || 0
    return 0
  }
  const meantBy = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node)
  const aliasSize = (alias: Alias): number => {
    const meant = anchors.get(alias.source)
    if (meant === undefined) return refuse(alias)
    return ++aliases > mostAliases ? refuse(alias) : (sizes.get(meant) ?? refuse(alias))
  }
  const sizeOf = (node: unknown): number => {
    if (found !== null) return 0
    if (isAlias(node)) return aliasSize(node)
    if (!isMap(node) && !isSeq(node) && !isScalar(node)) return 0
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    let size = 1
    if (isSeq(node)) for (const item of node.items) size += sizeOf(item)
    if (isMap(node))
      for (const { key, value } of node.items) {
        size += sizeOf(key) + sizeOf(value)
        if (!isMergeKey(key)) continue
        const merged = meantBy(value)
        for (const each of isSeq(merged) ? merged.items : [merged]) if (!isMap(meantBy(each))) refuse(value)
      }
    if (node.anchor !== undefined) sizes.set(node, size)
    return size > mostValues ? refuse(node) : size
  }
  sizeOf(document.contents)
  return found
}

/** Most bytes of a YAML file of another program. */
export const largestForeignFile = 1_000_000

/** A mistake in a YAML file, by the line and column where it begins. */
interface YamlMistake {
  readonly line: number
  readonly column: number
  readonly validationError: ValidationError
}
interface ForeignYaml {
  readonly document: Document.Parsed
  readonly placeOf: (node: unknown) => { readonly line: number; readonly column: number }
}

/** Parses the YAML file of another program, which may be anything. */
export function openForeignYaml(text: string): Result<ForeignYaml, readonly YamlMistake[]> {
  const { LineCounter, parseDocument } = yaml()
  if (Buffer.byteLength(text) > largestForeignFile) return err([{ line: 1, column: 1, validationError: { kind: 'tooLong', most: largestForeignFile } }])
  const lines = new LineCounter()
  const document = parseDocument(text, { merge: true, uniqueKeys: false, lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  // Beyond some hundreds of levels the parser gives up.
  const tooDeep = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (tooDeep) return err([{ ...at(tooDeep.pos[0]), validationError: { kind: 'nestedTooDeep' } }])
  if (document.errors.length > 0)
    return err(document.errors.slice(0, 50).map(({ pos, message }) => ({ ...at(pos[0]), validationError: { kind: 'said', text: yamlMessage(message) } })))
  const again = repeatedKeys(document)
  if (again.length > 0) return err(again.slice(0, 50).map((offset) => ({ ...at(offset), validationError: { kind: 'said', text: 'Map keys must be unique' } })))
  const alias = unusableAlias(document)
  if (alias !== null) return err([{ ...at(alias), validationError: { kind: 'aliasUnusable' } }])
  return ok({ document, placeOf: (node) => at((node as { readonly range?: readonly number[] } | null)?.range?.[0] ?? 0) })
}

/** Offsets of keys that their map has already. The library compares each key with every other, which takes minutes for a file of them. */
function repeatedKeys(document: Document.Parsed): readonly number[] {
  const { isScalar, visit } = yaml()
  const found: number[] = []
  visit(document, {
    Map(_, { items }) {
      const names = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key) || isMergeKey(key)) continue
        if (names.has(key.value)) found.push(key.range?.[0] ?? 0)
        names.add(key.value)
      }
    },
  })
  return found
}

/** Removes quoted text from the parser's messages, because it may be a password: after a colon, or a tag (`!name`) or directive (`%name`) anywhere. */
export function yamlMessage(message: string): string {
  return message
    .replace(/(?<=\w):[\s"].*$/s, '')
    .replaceAll(/[!%]\S+/g, '…')
    .replace(/\s*\n.*$/s, '')
}

/** The key `<<` is a symbol. */
export function isMergeKey(key: unknown): boolean {
  return yaml().isScalar(key) && typeof key.value === 'symbol'
}
