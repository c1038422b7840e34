import { isFor } from '../../shared/maintenance.ts'
import type { Server } from '../../shared/servers.ts'
import { mostArranged, streamKey, type Wall, type WallStream } from '../../shared/walls.ts'

/** The servers whose streams a wall names by its scope: while one has never answered, some of these may not be known. Pure. */
export function serversOfWall({ kind, scope }: Pick<Wall, 'kind' | 'scope'>, servers: readonly Server[]): readonly Server[] {
  return kind === 'penalty' || scope === null ? [] : servers.filter((server) => isFor({ ...scope, streams: [] }, server, null))
}

/** The list with one moved to another place; places beyond an end are that end. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const one = list[from]
  if (one === undefined) return list
  const rest = list.filter((_, place) => place !== from)
  const at = Math.min(rest.length, Math.max(0, to))
  return [...rest.slice(0, at), one, ...rest.slice(at)]
}

/**
 * What to keep of an order so that it comes out again: of a wall with a scope only up to the last stream that stands elsewhere than `usual` has it.
 * `absent`: streams with places that are not there now, which keep these as far as there is room. null: that is more than can be kept.
 */
export function arrangedOf(
  streams: readonly WallStream[],
  usual: readonly WallStream[],
  hasScope: boolean,
  absent: readonly WallStream[] = [],
): readonly WallStream[] | null {
  const last = streams.findLastIndex((stream, place) => streamKey(stream) !== streamKey(usual[place] ?? { serverId: '', path: '' }))
  const kept = hasScope ? streams.slice(0, last + 1) : streams
  if (kept.length > mostArranged) return null
  return hasScope ? [...kept, ...absent].slice(0, mostArranged) : kept
}

export function pagesOf(tiles: number, perPage: number): number {
  return Math.max(1, Math.ceil(tiles / perPage))
}
