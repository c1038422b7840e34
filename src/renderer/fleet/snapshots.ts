import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { type KeptPicture, mostPictures } from '../../shared/snapshots.ts'
import { formatDuration, formatTime } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useShownMoment } from './fleet.ts'

export interface StreamName {
  readonly serverId: string
  readonly path: string
}

/** Snapshots are taken every minute by default. */
export const rereadMs = 10_000
/** A wall that turns its pages must not gather the pictures of all of them. */
export const keptMs = 20_000
/** Older pictures are greyed out: they say little about what is on air. */
export const oldAfterMs = 15 * 60_000

const keyOf = ({ serverId, path }: StreamName) => `${serverId}/${path}`
type NewestSnapshots = Readonly<Record<string, KeptPicture | null>>

export function pictureSrc({ jpeg }: Pick<KeptPicture, 'jpeg'>): string {
  return `data:image/jpeg;base64,${jpeg}`
}

export interface Newest {
  /** null: none is kept; undefined: not known yet. */
  readonly of: (stream: StreamName) => KeptPicture | null | undefined
  readonly failure: string | null
}
/** At the moment that the window shows, in one call; now it is read again while the window is visible. */
export function useNewestSnapshots(streams: readonly StreamName[]): Newest {
  const at = useShownMoment()
  // Another order makes no other query.
  const asked = [...new Map(streams.map((stream) => [keyOf(stream), stream])).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostPictures)
  const keys = asked.map(([key]) => key)
  const time = at === null ? 'now' : 'past'
  const { data, error } = useQuery({
    queryKey: [...orpc.snapshots.newest.key(), keys, at],
    queryFn: async ({ signal }): Promise<NewestSnapshots> => {
      const pictures = await client.snapshots.newest({ streams: asked.map(([, stream]) => stream), ...(at !== null && { at }) }, { signal })
      return Object.fromEntries(keys.map((key, place) => [key, pictures[place] ?? null]))
    },
    enabled: keys.length > 0,
    retry: false,
    gcTime: keptMs,
    ...(at === null ? { refetchInterval: rereadMs } : { staleTime: keptMs }),
    meta: { of: time },
    // Known pictures stay while others load; those of the past are never shown as those of now.
    placeholderData: (last, before) => (before?.meta?.of === time ? last : undefined),
  })
  return {
    of: (stream) => {
      const picture = data?.[keyOf(stream)]
      return picture && at !== null && picture.at > at ? undefined : picture
    },
    failure: data === undefined && error !== null ? failureText(error) : null,
  }
}

/** `12 s ago`, or in the past its time and `12 s before`. */
export function snapshotAge({ at, isSlate }: Pick<KeptPicture, 'at' | 'isSlate'>, now: number, past: boolean, t: TFunction): string {
  const age = formatDuration(Math.max(0, now - at))
  const words = past ? `${formatTime(at)} · ${t('snapshot.earlier', { age })}` : t('common.ageAgo', { age })
  return isSlate ? `${t('streamState.slate')} · ${words}` : words
}
