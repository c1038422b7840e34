import type { PrepareOnce } from '../../storage/preparedOnce.ts'
import { storedJson } from '../codec/codec.ts'
import type { ReadPart } from '../live/live.ts'
import { dayOf, ownerKindOf, ownerWords, partWords } from '../protocol/protocol.ts'
import type { ArchiveShelf } from './archiveShelf.ts'
import type { ListedArchive } from './readSources.ts'

interface FactSources {
  readonly prepare: PrepareOnce
  readonly shelf: ArchiveShelf
  readonly ofLive: ReadPart
}
interface FactRow {
  readonly server: number
  readonly path: number
  readonly at: number
  readonly text: number | null
}
// With max(), SQLite takes the text from the row of the maximum.
const factsUntil = 'SELECT server, path, max(at) AS at, text FROM facts WHERE at <= ? GROUP BY server, path'

/** The newest facts of a subject; null: it was gone by then. */
export interface KnownFacts {
  readonly at: number
  readonly facts: object | null
}
/** The newest facts of each subject at or before the moment, by owner and path. */
export function factsAt(
  { prepare, shelf, ofLive }: FactSources,
  listed: readonly ListedArchive[],
  moment: number,
  ownerIds: ReadonlyMap<number, string>,
  namesOf: (server: number) => ReadonlyMap<number, string>,
  isWanted: (ownerId: string, path: string) => boolean,
) {
  const found = new Map<string, Map<string, KnownFacts>>()
  const parsed = new Map<string, object>()
  const put = (ownerId: string, path: string, at: number, json: string | null): void => {
    const ofOwner = found.get(ownerId) ?? new Map<string, KnownFacts>()
    found.set(ownerId, ofOwner)
    if ((ofOwner.get(path)?.at ?? Number.NEGATIVE_INFINITY) > at) return
    // If the newest facts are damaged, older ones must not take their place.
    ofOwner.delete(path)
    let facts = json === null ? null : parsed.get(json)
    if (facts === undefined && json !== null) {
      facts = storedJson(json, `the facts of ${partWords(ownerId, path)} of ${ownerWords(ownerId)}`) as object
      parsed.set(json, facts)
    }
    ofOwner.set(path, { at, facts: facts ?? null })
  }
  const day = dayOf(moment)
  // A day's file also contains the facts that held at the start of the day.
  for (const one of listed)
    if (one.tier === 'minutes' && one.firstDay <= day && day <= one.lastDay)
      shelf.read(one, ({ factsAt }) =>
        factsAt(
          moment,
          (ownerId, path) => isWanted(ownerId, path) && ownerKindOf(ownerId) === 'server',
          (ownerId, path, { at, json }) => put(ownerId, path, at, json),
        ),
      )
  ofLive(() => {
    const rows = prepare<[number], FactRow>(factsUntil).all(moment)
    if (rows.length === 0) return
    const texts = new Map(
      prepare<[], { id: number; json: string }>('SELECT id, json FROM texts')
        .all()
        .map(({ id, json }) => [id, json]),
    )
    for (const { server, path, at, text } of rows) {
      const ownerId = ownerIds.get(server)
      const name = namesOf(server).get(path)
      if (ownerId === undefined || name === undefined || !isWanted(ownerId, name)) continue
      ofLive(() => put(ownerId, name, at, text === null ? null : (texts.get(text) ?? null)), undefined)
    }
  }, undefined)
  return found
}
