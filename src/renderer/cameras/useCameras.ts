import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { toast } from 'sonner'
import type { Camera, CameraList } from '../../shared/cameras.ts'
import { mostPictures } from '../../shared/snapshots.ts'
import type { View } from '../../shared/viewing.ts'
import { streamKey } from '../../shared/walls.ts'
import { actThen } from '../app/act.ts'
import { client, orpc, queryClient, renew, useConnection } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { listedBy } from '../fleet/listed.ts'
import { useMay } from '../fleet/me.tsx'

const act = actThen('cameras')

const pageSize = 1_000
/** What is changed elsewhere, and what becomes of cameras, is seen here after this time, ms; where they take several calls, after the longer one. */
const everyMs = 5_000
const manyEveryMs = 20_000
const namesMs = 60_000

/** The favourites first, then by name; in pages, so that no answer is too large. */
async function readAll(signal: AbortSignal): Promise<readonly Camera[]> {
  const found = new Map<string, Camera>()
  let total = 1
  for (let offset = 0; offset < total; offset += pageSize) {
    const page: CameraList = await client.cameras.list({ limit: pageSize, offset }, { signal })
    total = page.total
    for (const camera of page.cameras) found.set(camera.id, camera)
  }
  return [...found.values()]
}
const allKey = [...orpc.cameras.list.key(), 'all']

/** `namesOnly`: they need not be new. */
export function useCameras(namesOnly = false) {
  const query = useQuery({
    queryKey: allKey,
    queryFn: ({ signal }) => readAll(signal),
    structuralSharing: false,
    staleTime: namesOnly ? namesMs : 0,
    refetchInterval: ({ state }) => (namesOnly ? namesMs : (state.data?.length ?? 0) > pageSize ? manyEveryMs : everyMs),
  })
  const { list: cameras, ...read } = listedBy(query)
  return { cameras, ...read }
}

export function useCamera(id: string) {
  return useQuery({ ...orpc.cameras.get.queryOptions({ input: { id } }), refetchInterval: 2_000 })
}

export function offerUndo(said: string): void {
  toast(said, {
    duration: 15_000,
    action: { label: t('cameras.undo'), onClick: () => void act(client.cameras.restore(), t('cameras.undone')) },
  })
}

export async function setFavourite({ id }: Pick<Camera, 'id'>, on: boolean): Promise<void> {
  queryClient.setQueryData<readonly Camera[]>(allKey, (cameras) => cameras?.map((one) => (one.id === id ? { ...one, isFavourite: on } : one)))
  try {
    await client.cameras.favourite({ id, on })
  } finally {
    await renew('cameras')
  }
}

const favouritesMs = 30_000
/** The streams of the favourite cameras of whoever is here, by their keys. */
export function useFavouriteStreams(): ReadonlySet<string> {
  const { data } = useQuery({
    ...orpc.cameras.list.queryOptions({ input: { favourites: true, limit: 1_000 } }),
    staleTime: favouritesMs,
    refetchInterval: favouritesMs,
    retry: false,
  })
  return useMemo(() => {
    const streams = data?.cameras.flatMap((camera) => [...camera.streams, ...(camera.pushed === null ? [] : [camera.pushed])]) ?? []
    return new Set(streams.flatMap((stream) => ('path' in stream ? [streamKey(stream)] : [])))
  }, [data])
}

type StreamPlace = Pick<View, 'serverId' | 'path'>
/** Finds the camera to which each of these streams belongs, 60 at most. */
export function useCamerasOf(streams: readonly StreamPlace[]) {
  // The order in which they are shown makes no other question.
  const asked = [...new Map(streams.map((stream) => [streamKey(stream), stream])).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostPictures)
  const keys = asked.map(([key]) => key)
  const { data } = useQuery({
    queryKey: [...orpc.cameras.ofStreams.key(), keys],
    queryFn: async ({ signal }) => {
      const found = await client.cameras.ofStreams({ streams: asked.map(([, { serverId, path }]) => ({ serverId, path })) }, { signal })
      return Object.fromEntries(keys.map((key, place) => [key, found[place] ?? undefined]))
    },
    enabled: keys.length > 0,
    refetchInterval: everyMs,
    placeholderData: (last) => last,
  })
  return (stream: StreamPlace) => data?.[streamKey(stream)]
}

/** Whether cameras may be added, changed and removed here, and pushed to servers. */
export function useCameraRights(): { readonly moderates: boolean; readonly operates: boolean } {
  const bundle = useConnection().hello?.bundle ?? null
  const readOnly = useMoment() !== null || bundle !== null
  const moderates = useMay('moderate')
  const operates = useMay('operate')
  return { moderates: moderates && !readOnly, operates: operates && !readOnly }
}

/** Names of accounts by their ids, for those who may give cameras to them. */
export function useAccountNames(): ReadonlyMap<string, string> {
  const moderates = useMay('moderate')
  const { data } = useQuery({ ...orpc.cameras.owners.queryOptions(), enabled: moderates, staleTime: namesMs, retry: false })
  return useMemo(() => new Map((data?.accounts ?? []).map(({ id, name, fullName }) => [id, fullName || name])), [data])
}
