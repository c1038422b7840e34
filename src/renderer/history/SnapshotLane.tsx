import { useTranslation } from 'react-i18next'
import { formatDateTime, type TimeZoneChoice } from '../../shared/units.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { pictureSrc, type StreamName } from '../fleet/snapshots.ts'
import type { Value } from '../ui/listeners.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { CursorLine } from './ChartPointer.tsx'
import { KeepSnapshot } from './KeepSnapshot.tsx'
import { thumbPx } from './snapshotStrip.ts'
import type { TimeWindow } from './timeRange.ts'
import { useStrip } from './useStrip.ts'

/** Height of the marks above the pictures, px. */
const markPx = 5
export const snapshotLanePx = thumbPx.height + markPx + 6

interface SnapshotLaneProps {
  readonly stream: StreamName
  readonly window: TimeWindow
  readonly width: number
  readonly legendPx: number
  readonly cursor: Value<number | null>
  readonly zone: TimeZoneChoice
}
/** Kept snapshots of a stream on the time axis of the charts: larger on hover and focus; a click goes to that moment. Where none was kept is a gap; a mark above each is its exact time. */
export function SnapshotLane({ stream, window, width, legendPx, cursor, zone }: SnapshotLaneProps) {
  const { t } = useTranslation()
  const { thumbs, pictures, state, words } = useStrip(stream, window, width)
  const past = useMoment() !== null
  return (
    <div className="flex border-t border-line" style={{ height: snapshotLanePx }}>
      <div className="flex-none overflow-hidden pt-1.5 pr-2 text-sm text-muted" style={{ width: legendPx }}>
        <div className="truncate">{t('common.snapshots')}</div>
        {!past && <KeepSnapshot serverId={stream.serverId} path={stream.path} />}
      </div>
      <div className="relative flex-none overflow-hidden" style={{ width }} data-strip={state}>
        {thumbs.map(({ at, x }) => (
          <i key={at} aria-hidden="true" className="absolute top-0 w-0.5 bg-faint" style={{ left: x - 1, height: markPx - 1 }} />
        ))}
        {thumbs.map(({ at, left }) => {
          const picture = pictures.get(at)
          if (picture === undefined) return null
          const time = formatDateTime(at, zone)
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
