import { type StreamState, streamStateSchema } from '../../shared/streams.ts'
import { protocolName, type StreamRow } from './streamRow.ts'

/** Which streams are listed. Empty sets let everything through; values of one set are alternatives, sets add up. */
export interface StreamFilter {
  readonly states: readonly StreamState[]
  readonly serverIds: readonly string[]
  readonly tags: readonly string[]
  readonly sources: readonly string[]
  /** Words, each of which must occur in name, server, publisher or codecs. */
  readonly text: string
}
export const noFilter: StreamFilter = { states: [], serverIds: [], tags: [], sources: [], text: '' }
export const isFiltered = (filter: StreamFilter) =>
  filter.states.length + filter.serverIds.length + filter.tags.length + filter.sources.length > 0 || filter.text.trim() !== ''

const names = { states: 'state', serverIds: 'server', tags: 'tag', sources: 'source' } as const
type SetName = keyof typeof names

/** From the URL. States that do not exist are passed over, so that an old link still opens. */
export const readFilter = (params: URLSearchParams): StreamFilter => ({
  states: params.getAll('state').filter((state): state is StreamState => streamStateSchema.safeParse(state).success),
  serverIds: params.getAll('server'),
  tags: params.getAll('tag'),
  sources: params.getAll('source'),
  text: params.get('q') ?? '',
})

/** The same parameters with the filter replaced; sort and columns stay. */
export const writeFilter = (params: URLSearchParams, filter: StreamFilter): URLSearchParams => {
  const next = new URLSearchParams(params)
  for (const set of Object.keys(names) as SetName[]) {
    next.delete(names[set])
    for (const value of filter[set]) next.append(names[set], value)
  }
  next.delete('q')
  if (filter.text.trim()) next.set('q', filter.text)
  return next
}

/** Adds a value to a set, or takes it out. */
export const toggled = <S extends SetName>(filter: StreamFilter, set: S, value: StreamFilter[S][number]): StreamFilter => {
  const values: readonly string[] = filter[set]
  return { ...filter, [set]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value] }
}

/** A test of rows, prepared once per filter: it runs over ten thousand rows each tick. */
export const filterTest = (filter: StreamFilter): ((row: StreamRow) => boolean) => {
  const states = new Set(filter.states)
  const servers = new Set(filter.serverIds)
  const tags = new Set(filter.tags)
  const sources = new Set(filter.sources)
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return (row) => {
    if (states.size > 0 && !states.has(row.facts.state)) return false
    if (servers.size > 0 && !servers.has(row.server.id)) return false
    if (tags.size > 0 && !row.server.tags.some((tag) => tags.has(tag))) return false
    if (sources.size > 0 && !sources.has(sourceOf(row))) return false
    if (words.length === 0) return true
    const text =
      `${row.facts.path} ${row.server.name} ${row.facts.publisher ?? ''} ${row.facts.sourceType ?? ''} ${row.facts.tracks.map((track) => track.codec).join(' ')}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

/** What the filter by source compares: the protocol, or `none`. */
export const sourceOf = (row: StreamRow): string => (row.facts.sourceType === null ? 'none' : protocolName(row.facts.sourceType))

/** How many rows each value of a set would show: written on the chips. */
export const facetCounts = (rows: readonly StreamRow[]) => {
  const states = new Map<StreamState, number>()
  const servers = new Map<string, { name: string; count: number }>()
  const tags = new Map<string, number>()
  const sources = new Map<string, number>()
  const grow = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)
  for (const row of rows) {
    grow(states, row.facts.state)
    const server = servers.get(row.server.id)
    if (server) server.count++
    else servers.set(row.server.id, { name: row.server.name, count: 1 })
    for (const tag of row.server.tags) grow(tags, tag)
    grow(sources, sourceOf(row))
  }
  return { states, servers, tags, sources }
}
