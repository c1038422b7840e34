import { useQuery } from '@tanstack/react-query'
import { type KeptPicture, mostPictures } from '../../shared/snapshots.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import type { StreamName } from '../fleet/snapshots.ts'
import { slotsOf, type Thumb, thumbsOf } from './snapshotStrip.ts'
import type { TimeWindow } from './timeRange.ts'

/** How often a strip up to now is read again, ms. */
const rereadMs = 10_000

interface Strip {
  readonly thumbs: readonly Thumb[]
  /** By time; what is missing is on its way, or no longer kept. */
  readonly pictures: ReadonlyMap<number, KeptPicture>
  readonly state: 'loading' | 'read' | 'failed'
  /** Why it failed. */
  readonly words: string
}

/** The snapshots of a stream on the time axis of its charts, as many as fit. null: no stream, nothing is read. */
export function useStrip(stream: StreamName | null, window: TimeWindow, px: number): Strip {
  const slots = stream === null ? null : slotsOf(window, px)
  const { serverId = '', path = '' } = stream ?? {}
  const asked = { serverId, path, from: slots?.from ?? 0, to: slots?.to ?? 0, points: slots?.count ?? 1 }
  const listed = useQuery({
    ...orpc.snapshots.list.queryOptions({ input: asked }),
    enabled: slots !== null,
    retry: false,
    refetchInterval: window.live ? rereadMs : false,
    meta: { of: `${serverId}/${path}` },
    placeholderData: (last, before) => (before?.meta?.of === `${serverId}/${path}` ? last : undefined),
  })
  const thumbs = slots === null ? [] : thumbsOf(listed.data?.snapshots ?? [], slots, window, px).slice(-mostPictures)
  const moments = thumbs.map(({ at }) => at)
  const read = useQuery({
    queryKey: [...orpc.snapshots.pictures.key(), serverId, path, moments],
    queryFn: ({ signal }) => readPictures({ serverId, path }, moments, signal),
    enabled: moments.length > 0,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    meta: { of: `${serverId}/${path}` },
    placeholderData: (last, before) => (before?.meta?.of === `${serverId}/${path}` ? last : undefined),
  })
  const error = listed.error ?? read.error
  return {
    thumbs,
    pictures: read.data ?? none,
    state: error !== null ? 'failed' : listed.isPending ? 'loading' : 'read',
    words: error === null ? '' : failureText(error),
  }
}
const none: ReadonlyMap<number, KeptPicture> = new Map()

/** Only those that are not known yet are fetched: a kept picture never changes. */
async function readPictures({ serverId, path }: StreamName, moments: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, KeptPicture>> {
  const keyOf = (at: number) => ['snapshot', serverId, path, at]
  const missing = moments.filter((at) => queryClient.getQueryData(keyOf(at)) === undefined)
  const fetched = missing.length === 0 ? [] : await client.snapshots.pictures({ serverId, path, at: missing }, { signal })
  for (const picture of fetched) if (picture !== null) queryClient.setQueryData(keyOf(picture.at), picture)
  return new Map(
    moments.flatMap((at) => {
      const picture = queryClient.getQueryData<KeptPicture>(keyOf(at))
      return picture === undefined ? [] : [[at, picture] as const]
    }),
  )
}
