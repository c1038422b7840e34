import { Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { toast } from 'sonner'
import type { RecordedPath, RecordingPiece, RecordingPlan, RecordingServer } from '../../shared/recordings.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { toStream } from '../app/links.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Section.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { type AskedDeletion, DeleteDialog } from './DeleteDialog.tsx'
import { DiskForecast } from './DiskForecast.tsx'
import { PlayButton, PlayOrDownload, RecordingPlayer } from './PlayRecording.tsx'
import { RecordedDay } from './RecordedDay.tsx'
import { RecordingCalendar } from './RecordingCalendar.tsx'
import { keptText } from './recordingColumns.tsx'
import { useRecordingDays, useRecordingPieces } from './useRecordings.ts'

interface RecordingDetailsProps {
  readonly stream: Pick<RecordedPath, 'serverId' | 'server' | 'path'>
  readonly plan: RecordingPlan | null
  /** What is known of its server's recordings; null: nothing. */
  readonly server: RecordingServer | null
  /** As `2026-10-24`; null: the newest. */
  readonly day: string | null
  readonly onDay: (day: string) => void
  readonly onClose: () => void
}
/** One stream's recordings: by day, and one of the days piece by piece. */
export function RecordingDetails({ stream, plan, server, day, onDay, onClose }: RecordingDetailsProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const { data, error } = useRecordingDays({ server: stream.serverId, path: stream.path }, zone, useShownMoment())
  // The first is cut where the longest period begins.
  const days = data === undefined ? [] : data.days.slice(data.days.length > 31 ? 1 : 0)
  const playback = server?.playback ?? null
  const chosen = days.find((one) => one.day === day) ?? days.at(-1)
  return (
    <>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 className="break-words font-semibold text-lg">{stream.path}</h2>
          <p className="text-muted">
            {stream.server} ·{' '}
            <Link to={toStream(stream.serverId, stream.path)} className="text-accent hover:underline">
              {t('common.openStream')}
            </Link>
          </p>
        </div>
        <Button look="quiet" aria-label={t('common.close')} title={t('common.close')} onClick={onClose} className="!px-1.5">
          <X size={15} />
        </Button>
      </div>
      <div className="mt-1.5">
        {plan === null ? (
          <p className="text-muted">{t('recordings.notMeant')}</p>
        ) : (
          <Facts
            rows={[
              [t('recordings.fact.format'), plan.format],
              [t('recordings.fact.segment'), plan.segmentMs === null ? null : formatSpan(plan.segmentMs)],
              [t('common.retention'), keptText(plan.deleteAfterMs, t)],
            ]}
          />
        )}
      </div>
      {plan !== null && plan.unrecordable.length > 0 && (
        <p className="mt-1 text-critical">{t('recordings.unrecordable', { format: plan.format ?? '', codecs: plan.unrecordable.join(', ') })}</p>
      )}
      {server?.disks.map((disk) => (
        <p key={disk.mount} className="mt-1">
          <DiskForecast server={server.server} disk={disk} />
        </p>
      ))}
      <Section title={t('recordings.calendar')}>
        {error !== null ? (
          <p className="text-critical">{failureText(error)}</p>
        ) : data === undefined ? (
          <SkeletonRows rows={5} />
        ) : (
          <RecordingCalendar days={days} zone={zone} chosen={chosen?.day ?? null} onChoose={onDay} />
        )}
      </Section>
      {playback === false && <p className="mt-2 text-muted">{t('recordings.playbackOff')}</p>}
      {playback !== false && plan?.format === 'mpegts' && <p className="mt-2 text-muted">{t('recordings.formatNotPlayed')}</p>}
      {chosen !== undefined && <ChosenDay key={chosen.day} stream={stream} day={chosen} plays={playback !== false && plan?.format !== 'mpegts'} />}
    </>
  )
}

interface ChosenDayProps {
  readonly stream: RecordingDetailsProps['stream']
  readonly day: { readonly from: number; readonly to: number }
  readonly plays: boolean
}
/** How far before and after a moment what is recorded is read, to play on there, ms. */
const aroundMs = 43_200_000
const isThere = ({ is }: RecordingPiece): boolean => is === 'recorded' || is === 'slate'

function ChosenDay({ stream, day, plays }: ChosenDayProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const { data, error } = useRecordingPieces({ server: stream.serverId, path: stream.path }, day)
  const act = useAct()
  const [played, setPlayed] = useState<{ readonly piece: RecordingPiece; readonly from: number } | null>(null)
  const first = data?.pieces.find(isThere)
  /** Of any day, and past midnight: the day that is shown cuts what is recorded. */
  const play = async (at: number) => {
    const { pieces } = await client.recordings.lane({ server: stream.serverId, path: stream.path, since: Math.max(0, at - aroundMs), until: at + aroundMs })
    // Moments are typed in whole seconds: in that second is early enough.
    const piece = pieces.find((one) => isThere(one) && at + 999 >= one.from && at < one.to)
    if (piece === undefined) toast(t('recordings.nothingThere'))
    else setPlayed({ piece, from: Math.max(piece.from, at) })
  }
  const onPlay = (at: number) => void act(play(at))
  return (
    <Section title={formatMoment(day.from, 'day', zone)}>
      {played !== null && <RecordingPlayer stream={stream} {...played} onFrom={(from) => setPlayed({ ...played, from })} onClose={() => setPlayed(null)} />}
      {error !== null ? (
        <p className="text-critical">{failureText(error)}</p>
      ) : data === undefined ? (
        <SkeletonRows rows={3} />
      ) : (
        <RecordedDay
          lane={data}
          zone={zone}
          {...(plays && { onAt: onPlay })}
          actions={(piece) =>
            plays && isThere(piece) ? (
              <PlayButton label={t('recordings.play', { time: formatMoment(piece.from, 'time', zone) })} onPlay={() => onPlay(piece.from)} />
            ) : null
          }
        />
      )}
      {plays && first !== undefined && <PlayOrDownload stream={stream} span={first} onPlay={onPlay} />}
      <DeleteDay stream={stream} day={day} />
    </Section>
  )
}

function DeleteDay({ stream, day }: Omit<ChosenDayProps, 'plays'>) {
  const { t } = useTranslation()
  const past = useShownMoment() !== null
  const act = useAct()
  const [asked, setAsked] = useState<AskedDeletion | null>(null)
  const preview = async () => {
    const found = await client.recordings.deletable({ server: stream.serverId, path: stream.path, since: day.from, until: day.to })
    if (found.segments.length === 0) toast(t('recordings.deleteNone'))
    else setAsked({ ...stream, found })
  }
  if (past) return null
  return (
    <div className="mt-2 flex justify-end">
      <Button look="danger" onClick={() => void act(preview())}>
        <Trash2 size={13} aria-hidden="true" /> {t('recordings.delete')}
      </Button>
      {asked !== null && <DeleteDialog asked={asked} onClose={() => setAsked(null)} />}
    </div>
  )
}
