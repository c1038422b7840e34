import type { Naming } from '../../shared/naming.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { type Severity, severitySchema } from '../../shared/severities.ts'
import { type StreamState, streamStateSchema } from '../../shared/watchedStates.ts'
import { withParams } from '../app/usePageParams.ts'
import { countOf } from '../fleet/fleetFigures.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { protocolName } from './streamRow.ts'

/** Filter of the stream list. Empty sets match everything; values within a set are alternatives, and all sets must match. */
export interface StreamFilter {
  readonly severities: readonly Severity[]
  readonly states: readonly StreamState[]
  readonly serverIds: readonly string[]
  readonly tags: readonly string[]
  readonly sources: readonly string[]
  /** Values of fields of names, such as `examId=exam_123`. Those of one field are alternatives. */
  readonly fields: readonly string[]
  /** Words, each of which must occur in name, server, publisher, source, codecs, or a field with its value such as `examId=exam_123`. */
  readonly text: string
}
export const noFilter: StreamFilter = { severities: [], states: [], serverIds: [], tags: [], sources: [], fields: [], text: '' }

/** Sets whose values share one parameter, as written by `app/links.ts`; tags may contain commas and have a parameter each. */
const listed = { severities: 'severity', states: 'state', serverIds: 'server', sources: 'source' } as const
type SetName = keyof typeof listed | 'tags' | 'fields'
const setNames = [...(Object.keys(listed) as (keyof typeof listed)[]), 'tags', 'fields'] as const satisfies readonly SetName[]
export function isFiltered(filter: StreamFilter) {
  return setNames.some((set) => filter[set].length > 0) || filter.text.trim() !== ''
}

/** Reads the filter from the URL. Unknown values are ignored, so that old links still open. */
export function readFilter(params: URLSearchParams): StreamFilter {
  const words = (set: keyof typeof listed) => [...new Set(params.getAll(listed[set]).flatMap((text) => text.split(',').filter(Boolean)))]
  return {
    severities: words('severities').filter((word): word is Severity => severitySchema.safeParse(word).success),
    states: words('states').filter((word): word is StreamState => streamStateSchema.safeParse(word).success),
    serverIds: words('serverIds'),
    sources: words('sources'),
    tags: [...new Set(params.getAll('tag').filter(Boolean))],
    fields: [...new Set(params.getAll('field').filter((text) => /^[\w-]{1,40}=./.test(text)))],
    text: params.get('q') ?? '',
  }
}

/** The parameters with the filter replaced; sort and columns stay. */
export function writeFilter(params: URLSearchParams, filter: StreamFilter): URLSearchParams {
  return withParams(params, {
    [listed.severities]: filter.severities.join(','),
    [listed.states]: filter.states.join(','),
    [listed.serverIds]: filter.serverIds.join(','),
    [listed.sources]: filter.sources.join(','),
    tag: filter.tags,
    field: filter.fields,
    q: filter.text.trim() && filter.text,
  })
}

export function toggled<S extends SetName>(filter: StreamFilter, set: S, value: StreamFilter[S][number]): StreamFilter {
  const values: readonly string[] = filter[set]
  return { ...filter, [set]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value] }
}

export type TagsOf = (serverId: string) => readonly string[]

/** Builds a predicate for rows once per filter, because it runs over ten thousand rows each tick. */
export function filterTest(filter: StreamFilter, tagsOf: TagsOf, { fieldsOf }: Pick<Naming, 'fieldsOf'>): (row: StreamRow) => boolean {
  const severities = new Set<Severity | null>(filter.severities)
  const states = new Set(filter.states)
  const servers = new Set(filter.serverIds)
  const tags = new Set(filter.tags)
  const sources = new Set(filter.sources)
  const words = searchTerms(filter.text)
  const wanted = valuesByField(filter.fields)
  return (row) => {
    if (severities.size > 0 && !severities.has(row.severity)) return false
    if (states.size > 0 && !states.has(row.facts.state)) return false
    if (servers.size > 0 && !servers.has(row.facts.serverId)) return false
    if (tags.size > 0 && !tagsOf(row.facts.serverId).some((tag) => tags.has(tag))) return false
    if (sources.size > 0 && !sources.has(sourceOf(row))) return false
    if (wanted.size > 0) {
      const fields = fieldsOf(row.facts.path)
      for (const [name, values] of wanted) if (fields === null || !values.has(fields[name] ?? '')) return false
    }
    if (words.length === 0) return true
    const { path, publisher, sourceType, tracks } = row.facts
    const text = searchText(
      [path, row.serverName, publisher ?? '', sourceType ?? '', ...tracks.map((track) => track.codec), ...fieldTexts(fieldsOf(path))].join(' '),
    )
    return words.every((word) => text.includes(word))
  }
}

export function fieldFilter(name: string, value: string): string {
  return `${name}=${value}`
}
function valuesByField(chosen: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>()
  for (const text of chosen) {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    values.set(name, (values.get(name) ?? new Set()).add(text.slice(at + 1)))
  }
  return values
}
const fieldTexts = (fields: ReturnType<Naming['fieldsOf']>): readonly string[] =>
  fields === null ? [] : Object.entries(fields).map(([name, value]) => fieldFilter(name, value))

/** Value for the filter by source: the protocol, or `none`. */
function sourceOf(row: StreamRow): string {
  return row.facts.sourceType === null ? 'none' : protocolName(row.facts.sourceType)
}

export function facetCounts(rows: readonly StreamRow[], tagsOf: TagsOf, naming: Naming) {
  const severities = new Map<Severity, number>()
  const states = new Map((Object.entries(countOf(rows).states) as [StreamState, number][]).filter(([, count]) => count > 0))
  const servers = new Map<string, number>()
  const tags = new Map<string, number>()
  const sources = new Map<string, number>()
  const fields = new Map(naming.fields.map(({ name }) => [name, new Map<string, number>()]))
  const grow = <K>(map: Map<K, number>, key: K) => map.set(key, (map.get(key) ?? 0) + 1)
  for (const row of rows) {
    if (row.severity !== null) grow(severities, row.severity)
    grow(servers, row.facts.serverId)
    for (const tag of tagsOf(row.facts.serverId)) grow(tags, tag)
    grow(sources, sourceOf(row))
    const found = naming.fieldsOf(row.facts.path)
    if (found !== null) for (const [name, value] of Object.entries(found)) grow(fields.get(name) as Map<string, number>, value)
  }
  return { severities, states, servers, tags, sources, fields: new Map(Array.from(fields, ([name, counts]) => [name, mostCommon(counts)] as const)) }
}
export type FacetCounts = ReturnType<typeof facetCounts>

/** Most values of a field that a menu has: others are found by the search. */
const mostValues = 200
function mostCommon(counts: ReadonlyMap<string, number>): readonly (readonly [value: string, count: number])[] {
  const all = [...counts]
  return all.length <= mostValues ? all : all.sort((a, b) => b[1] - a[1]).slice(0, mostValues)
}
