import type { ConfigurationLevels } from '../../shared/configurationLevels.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'

/** One entry of a configuration. Leaves have a value, branches have children. */
export interface ConfigurationNode {
  /** Path to the entry, unique within the tree. */
  readonly id: string
  readonly name: string
  /** Text of a leaf; null for a branch. */
  readonly value: string | null
  readonly children: readonly ConfigurationNode[]
}

const leafText = (value: unknown): string =>
  value === null || value === undefined ? 'null' : typeof value === 'string' ? (value === '' ? '""' : value) : String(value)

function nodeOf(name: string, value: unknown, parentId: string): ConfigurationNode {
  const id = `${parentId}/${name}`
  if (Array.isArray(value)) {
    if (value.length === 0) return { id, name, value: '[]', children: [] }
    if (value.every((item) => typeof item !== 'object' || item === null)) return { id, name, value: value.map(leafText).join(', '), children: [] }
    return { id, name, value: null, children: value.map((item, index) => nodeOf(String(index + 1), item, id)) }
  }
  if (typeof value === 'object' && value !== null)
    return { id, name, value: null, children: Object.entries(value).map(([key, inner]) => nodeOf(key, inner, id)) }
  return { id, name, value: leafText(value), children: [] }
}

/** A server's configuration as a tree of three branches, with paths under their names. */
export function configurationTree(configuration: ConfigurationLevels): readonly ConfigurationNode[] {
  return [
    nodeOf('global', configuration.global, ''),
    nodeOf('pathDefaults', configuration.pathDefaults, ''),
    {
      id: '/paths',
      name: 'paths',
      value: configuration.paths.length === 0 ? '[]' : null,
      children: configuration.paths.map((path, index) => nodeOf(typeof path.name === 'string' ? path.name : String(index + 1), path, '/paths')),
    },
  ]
}

/**
 * Keeps the branches in which every word of `text` occurs on the way to a leaf (names and value together). A branch that
 * matches by its own names is kept whole. An empty search keeps everything.
 */
export function searchTree(nodes: readonly ConfigurationNode[], text: string): readonly ConfigurationNode[] {
  const words = searchTerms(text)
  if (words.length === 0) return nodes
  const keep = (node: ConfigurationNode, way: string): ConfigurationNode | null => {
    const here = searchText(`${way} ${node.name} ${node.value ?? ''}`)
    if (words.every((word) => here.includes(word))) return node
    const children = node.children.flatMap((child) => keep(child, here) ?? [])
    return children.length > 0 ? { ...node, children } : null
  }
  return nodes.flatMap((node) => keep(node, '') ?? [])
}

/** Number of leaves below a node, for `12 entries` beside a closed branch. */
export function leafCount(node: ConfigurationNode): number {
  return node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + leafCount(child), 0)
}
