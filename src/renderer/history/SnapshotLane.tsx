import { useQuery } from '@tanstack/react-query'
import { type KeptPicture, mostPictures } from '../../shared/snapshots.ts'
import { formatDateTime } from '../../shared/units.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { pictureSrc, type StreamName } from '../fleet/snapshots.ts'
import { TakeSnapshot } from '../fleet/TakeSnapshot.tsx'
import type { Value } from '../ui/listeners.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { CursorLine } from './ChartPointer.tsx'
import { slotsOf, thumbPx, thumbsOf } from './snapshotStrip.ts'
import type { TimeWindow } from './timeRange.ts'

const markPx = 5
export const snapshotLanePx = thumbPx.height + markPx + 6

interface SnapshotLaneProps {
  readonly stream: StreamName
  readonly window: TimeWindow
  readonly width: number
  readonly legendPx: number
  readonly cursor: Value<number | null>
}
/** Larger on hover and focus; a click goes to that moment. A mark above each is its exact time. */
export function SnapshotLane({ stream, window, width, legendPx, cursor }: SnapshotLaneProps) {
  const { thumbs, pictures, state, words } = useStrip(stream, window, width)
  const past = useMoment() !== null
  return (
    <div className="flex border-t border-line" style={{ height: snapshotLanePx }}>
      <div className="flex-none overflow-hidden pt-1.5 pr-2 text-sm text-muted" style={{ width: legendPx }}>
        <div className="truncate">{t('common.snapshots')}</div>
        {!past && <TakeSnapshot {...stream} look="quiet" className="!px-1" />}
      </div>
      <div className="relative flex-none overflow-hidden" style={{ width }} data-strip={state}>
        {thumbs.map(({ at, x }) => (
          <i key={at} aria-hidden="true" className="absolute top-0 w-0.5 bg-faint" style={{ left: x - 1, height: markPx - 1 }} />
        ))}
        {thumbs.map(({ at, left }) => {
          const picture = pictures.get(at)
          if (picture === undefined) return null
          const time = formatDateTime(at)
          return (
            <Tooltip
              key={at}
              side="top"
              content={
                <figure className="w-[336px] max-w-full">
                  <img src={pictureSrc(picture)} alt="" className="aspect-video w-full rounded bg-black object-contain" />
                  <figcaption className="pt-1 text-text">
                    {time}
                    {picture.isSlate && ` · ${t('streamState.slate')}`}
                  </figcaption>
                </figure>
              }
            >
              <button
                type="button"
                aria-label={t('common.goToTime', { time })}
                data-snapshot={at}
                onClick={() => goToMoment(at)}
                className="absolute overflow-hidden rounded-sm border border-line bg-black hover:border-accent focus-visible:z-10"
                style={{ left, top: markPx, ...thumbPx }}
              >
                <img src={pictureSrc(picture)} alt="" className="h-full w-full object-contain" />
              </button>
            </Tooltip>
          )
        })}
        {thumbs.length === 0 && state !== 'loading' && (
          <span className="absolute top-1/2 left-2 -translate-y-1/2 text-sm text-faint">
            {state === 'failed' ? t('common.notAvailable', { reason: words }) : t('past.noPictureText')}
          </span>
        )}
        <CursorLine cursor={cursor} window={window} />
      </div>
    </div>
  )
}

const rereadMs = 10_000

function useStrip({ serverId, path }: StreamName, window: TimeWindow, px: number) {
  const slots = slotsOf(window, px)
  // While another period of the same stream is read, the last one stays.
  const ofStream = `${serverId}/${path}`
  const asked = { serverId, path, from: slots?.from ?? 0, to: slots?.to ?? 0, points: slots?.count ?? 1 }
  const listed = useQuery({
    ...orpc.snapshots.list.queryOptions({ input: asked }),
    enabled: slots !== null,
    retry: false,
    refetchInterval: window.live ? rereadMs : false,
    meta: { of: ofStream },
    placeholderData: (last, before) => (before?.meta?.of === ofStream ? last : undefined),
  })
  const thumbs = slots === null ? [] : thumbsOf(listed.data?.snapshots ?? [], slots, window, px).slice(-mostPictures)
  const moments = thumbs.map(({ at }) => at)
  const read = useQuery({
    queryKey: [...orpc.snapshots.pictures.key(), serverId, path, moments],
    queryFn: ({ signal }) => readPictures({ serverId, path }, moments, signal),
    enabled: moments.length > 0,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    meta: { of: ofStream },
    placeholderData: (last, before) => (before?.meta?.of === ofStream ? last : undefined),
  })
  const error = listed.error ?? read.error
  return {
    thumbs,
    /** By time; a missing one is loading, or no longer kept. */
    pictures: read.data ?? none,
    state: error !== null ? 'failed' : listed.isPending ? 'loading' : 'read',
    words: error === null ? '' : failureText(error),
  }
}
const none: ReadonlyMap<number, KeptPicture> = new Map()

/** A kept picture never changes, so only unknown ones are fetched. */
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
