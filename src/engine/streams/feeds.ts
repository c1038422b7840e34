import type { ConfiguredPath } from '../servers/readings.ts'
import type { StreamAddress } from '../servers/streamAddress.ts'
import { pathFor, streamFor } from './pathVariables.ts'
import type { ForwardedStream, ForwardIndex, ForwardsTo, ServerStreams } from './serverState.ts'
import { configurationOf, type StreamRecord } from './streamRecord.ts'

export const noForwards: ForwardIndex = new Map()

/** Maximum number of patterns per host, because each is tried in a search. */
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

/** The address from which a stream is pulled, with its path there; null: it is not pulled, or unknown. */
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
