import type { StreamAddress } from '../servers/streamAddress.ts'

// An address in the configuration of a path may have variables: `$MTX_PATH` is the stream, `$G1` the first group of a pattern.

/** What stands before and after the one group of a pattern such as `~^live/(.+)$`; null: it is of another form. */
function aroundGroup(pattern: string): readonly [before: string, after: string] | null {
  const [, before, after] = /^~\^?([\w/-]*)\(\.[+*]\)([\w/-]*)\$?$/.exec(pattern) ?? []
  return before === undefined || after === undefined ? null : [before, after]
}
const between = (text: string, before: string, after: string): string | null =>
  text.length > before.length + after.length && text.startsWith(before) && text.endsWith(after) ? text.slice(before.length, text.length - after.length) : null

const variable = /\$(?:MTX_PATH|G\d)/

/** The path of an address for a stream of the configured path `entry`; null: what stands for its variable is not known. */
export function pathFor({ path }: StreamAddress, entry: string, stream: string): string | null {
  if (!path.includes('$')) return path
  const around = aroundGroup(entry)
  const group = around && between(stream, ...around)
  const filled = path.replaceAll('$MTX_PATH', () => stream).replaceAll('$G1', () => group ?? '$G1')
  return variable.test(filled) ? null : filled
}

/** The other way round: the stream of a pattern that has this path there; null: none, or that is unknown. */
export function streamFor({ path }: StreamAddress, pattern: string, wanted: string): string | null {
  const [found] = variable.exec(path) ?? []
  if (found === undefined) return null
  const [before = '', after = '', ...more] = path.split(found)
  if (more.length > 0 || variable.test(after)) return null
  const filled = between(wanted, before, after)
  if (filled === null || found === '$MTX_PATH') return filled
  const around = found === '$G1' ? aroundGroup(pattern) : null
  return around && `${around[0]}${filled}${around[1]}`
}
