import { useQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { Link } from 'react-router'
import type { Alarm } from '../../shared/alarms.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDateTime, formatDuration } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { atMoment, toStream } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { useFigureChart } from '../fleet/figureChart.ts'
import { pictureSrc, type StreamName } from '../fleet/snapshots.ts'
import { engineNow, useEngineNow } from '../ui/now.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { figureOfAlarm, figurePeriod } from './alarmFigure.ts'
import { namesOf } from './alarmMessage.ts'

const plotPx = 112
/** Height with the line above and the times below, so that nothing moves when the chart loads. */
const wholePx = plotPx + 44

/** The figure that an alarm is about, with the limits that judged it; nothing if no figure shows it. */
export function AlarmChart({ alarm, at }: { readonly alarm: Alarm; readonly at: number | null }) {
  const FigureChart = useFigureChart()
  const now = useEngineNow()
  const moment = useMoment()
  const [openedAt] = useState(engineNow)
  const figure = figureOfAlarm(alarm)
  if (figure === null) return null
  const { leadMs, ...drawn } = figure
  const { since, healedAt, closed } = alarm
  const period = figurePeriod(alarm, leadMs, at ?? now)
  // An alarm of now in a window of the past: its chart does not end there.
  const to = period.to ?? (at === null && moment !== null ? openedAt : null)
  const { name, server } = namesOf(alarm)
  return (
    <div className="mt-2">
      <Suspense
        fallback={
          <div style={{ height: wholePx }}>
            <Skeleton className="h-full w-full" />
          </div>
        }
      >
        <FigureChart
          {...drawn}
          name={[name, server].filter(Boolean).join(' · ')}
          period={{ from: period.from, to }}
          learnedBy={since}
          marks={[
            { at: since, words: t('figure.began') },
            ...(healedAt === null ? [] : [{ at: healedAt, words: t('figure.healed') }]),
            ...(healedAt === null && closed !== null ? [{ at: closed.at, words: t('alarms.over') }] : []),
          ]}
          height={plotPx}
        />
      </Suspense>
    </div>
  )
}

const rereadMs = 5_000

interface AlarmPicturesProps {
  readonly stream: StreamName
  readonly onset: number
  readonly at: number | null
  readonly isOpen: boolean
}
export function AlarmPictures({ stream: { serverId, path }, onset, at, isOpen }: AlarmPicturesProps) {
  const { data, error } = useQuery({
    ...orpc.snapshots.around.queryOptions({ input: { serverId, path, at: onset } }),
    retry: false,
    refetchInterval: ({ state }) => (isOpen && at === null && state.data?.after == null ? rereadMs : false),
  })
  if (error !== null) return <p className="text-muted">{t('common.notAvailable', { reason: failureText(error) })}</p>
  // What came later was not known at that moment.
  const after = data?.after && (at === null || data.after.at <= at) ? data.after : null
  const shown = { to: toStream(serverId, path), onset, isLoading: data === undefined }
  return (
    <div className="grid grid-cols-2 gap-2.5">
      <OnePicture {...shown} side="before" picture={data?.before ?? null} />
      <OnePicture {...shown} side="after" picture={after} />
    </div>
  )
}

interface OnePictureProps {
  readonly side: 'before' | 'after'
  readonly picture: KeptPicture | null
  readonly to: string
  readonly onset: number
  readonly isLoading: boolean
}
function OnePicture({ side, picture, to, onset, isLoading }: OnePictureProps) {
  if (isLoading) return <Skeleton className="aspect-video w-full" />
  if (picture === null)
    return (
      <p className="hatched flex aspect-video items-center justify-center rounded border border-line px-3 text-center text-muted text-sm">
        {t('past.noPictureText')}
      </p>
    )
  const time = formatDateTime(picture.at)
  const age = formatDuration(Math.abs(picture.at - onset))
  return (
    <figure>
      <Link
        to={atMoment(to, picture.at)}
        title={t('common.goToTime', { time })}
        className="block overflow-hidden rounded border border-line hover:border-accent"
      >
        <img src={pictureSrc(picture)} alt={t('snapshot.of', { time })} className="aspect-video w-full bg-black object-contain" data-side={side} />
      </Link>
      <figcaption className="pt-1 text-sm">
        <span className="font-medium">{t(side === 'before' ? 'snapshot.earlier' : 'snapshot.after', { age })}</span>{' '}
        <span className="text-muted">
          {time}
          {picture.isSlate && ` · ${t('streamState.slate')}`}
        </span>
      </figcaption>
    </figure>
  )
}
