import type { Alias, Document, Node } from 'yaml'
import { loadWhenUsed } from './loadWhenUsed.ts'

/** The library that reads and writes YAML. */
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

/** The key `<<` is a symbol. */
export function isMergeKey(key: unknown): boolean {
  return yaml().isScalar(key) && typeof key.value === 'symbol'
}
