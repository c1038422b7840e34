import { searchText } from '../../shared/searchText.ts'
import { findByName, type Named } from '../app/findByName.ts'
import { fleet } from './fleet.ts'
import type { StreamRow } from './fleetRows.ts'

interface NamedStream extends Named {
  readonly row: StreamRow
}
let rows: readonly StreamRow[] = []
let searchable: readonly NamedStream[] = []

/** The same array until streams change. */
export function searchableStreams(): readonly NamedStream[] {
  // Of 100,000 streams the texts take longer to make than to search.
  if (rows !== fleet.rows()) {
    rows = fleet.rows()
    searchable = rows.map((row) => ({ text: searchText(`${row.facts.path} ${row.serverName}`), row }))
  }
  return searchable
}

/** By path or server, best first, at most `limit`. */
export function foundStreams(query: string, limit: number): readonly StreamRow[] {
  return findByName(searchableStreams(), query, limit).found.map(({ row }) => row)
}
