import type { ConfiguredPath } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import { pathFor, streamFor } from './pathVariables.ts'
import type { ServerStreams } from './serverStreams.ts'
import { configurationOf, type StreamRecord } from './streamRecord.ts'

/** A stream of this server that is forwarded, and where to. */
export interface ForwardedStream {
  readonly path: string
  readonly to: StreamAddress
}
/** Where the streams of a server are forwarded to, to be found from there: by host, '' for its own machine. */
export type ForwardIndex = ReadonlyMap<string, ForwardsTo>
interface ForwardsTo {
  /** By path there. */
  readonly byPath: Map<string, ForwardedStream[]>
  /** Of patterns, whose streams follow from where they arrive. */
  readonly patterns: { readonly entry: string; readonly to: StreamAddress }[]
}
export const noForwards: ForwardIndex = new Map()

/** Of so many patterns of a host at most: each is tried for what is looked for. */
const mostPatterns = 100

export function indexForwards(paths: readonly ConfiguredPath[]): ForwardIndex {
  const index = new Map<string, ForwardsTo>()
  for (const { name, pattern, forwardedTo = [] } of paths)
    for (const to of forwardedTo) {
      const { host } = to
      const there = index.get(host) ?? { byPath: new Map<string, ForwardedStream[]>(), patterns: [] }
      index.set(host, there)
      const path = pattern ? null : pathFor(to, name, name)
      const same = path === null ? undefined : there.byPath.get(path)
      if (same !== undefined) same.push({ path: name, to })
      else if (path !== null) there.byPath.set(path, [{ path: name, to }])
      else if (pattern && there.patterns.length < mostPatterns) there.patterns.push({ entry: name, to })
    }
  return index
}

/** Where a stream is pulled from, with the path that it has there; null: it is not, or it can't be told. */
export function pulledFrom({ configured }: ServerStreams, record: StreamRecord): StreamAddress | null {
  const entry = configurationOf(configured, record)
  if (entry?.pulledFrom === undefined) return null
  const path = pathFor(entry.pulledFrom, entry.name, record.path)
  return path === null ? null : { ...entry.pulledFrom, path }
}

/** The streams of a server that it forwards to a path at a host, '' for its own machine. */
export function forwardedInto({ forwardIndex, byPath }: ServerStreams, host: string, path: string): readonly ForwardedStream[] {
  const there = forwardIndex.get(host)
  if (there === undefined) return []
  const named = there.byPath.get(path) ?? none
  if (there.patterns.length === 0) return named
  const ofPatterns = there.patterns.flatMap(({ entry, to }) => {
    const from = streamFor(to, entry, path)
    return from !== null && byPath.get(from)?.confName === entry ? [{ path: from, to }] : []
  })
  return [...named, ...ofPatterns]
}
const none: readonly ForwardedStream[] = []
