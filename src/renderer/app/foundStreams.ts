import { searchText } from '../../shared/searchText.ts'
import { findByName } from './findByName.ts'
import { fleet } from './fleet.ts'
import type { StreamRow } from './fleetRows.ts'

/** Streams whose path or server has every word of the query in its name, the best ones first, at most `limit`. */
export const foundStreams = (query: string, limit: number, isMeant: (row: StreamRow) => boolean = () => true): readonly StreamRow[] =>
  findByName(
    fleet
      .rows()
      .filter(isMeant)
      .map((row) => ({ text: searchText(`${row.facts.path} ${row.serverName}`), row })),
    query,
    limit,
  ).found.map(({ row }) => row)
