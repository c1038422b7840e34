import { Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { toast } from 'sonner'
import { serverErrorText } from '../../i18n/errorText.ts'
import type {
  RecordingCalendar as Calendar,
  Deletable,
  DeletedRecordings,
  RecordedPath,
  RecordingLane,
  RecordingPiece,
  RecordingPieceKind,
  RecordingPlan,
  RecordingServer,
} from '../../shared/recordings.ts'
import { formatDuration, formatMoment, formatSpan, formatStretch } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client, renew } from '../app/client.ts'
import { noReason, readReason, reasonFields } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { failureText } from '../app/failureText.ts'
import { toStream } from '../app/links.ts'
import { zone } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { useShownMoment } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Section } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { PlayButton, PlayOrDownload, RecordingPlayer } from './PlayRecording.tsx'
import { keptText } from './recordingColumns.tsx'
import { useRecordingDays, useRecordingPieces } from './useRecordings.ts'

type Day = Calendar['days'][number]

interface RecordingCalendarProps {
  readonly days: readonly Day[]
  /** As `2026-10-24`. */
  readonly chosen: string | null
  readonly onChoose: (day: string) => void
}
/** Days as weeks from Monday on, each with how much of it is recorded and missing. */
function RecordingCalendar({ days, chosen, onChoose }: RecordingCalendarProps) {
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' })
  const before = days[0] === undefined ? 0 : placeInWeek(days[0].day)
  return (
    <div className="grid grid-cols-7 gap-1">
      {Array.from({ length: 7 }, (_, place) => (
        <span key={place} aria-hidden="true" className="text-center text-faint text-xs">
          {weekday.format(mondayMs + place * dayMs)}
        </span>
      ))}
      {before > 0 && <span style={{ gridColumn: `span ${before}` }} />}
      {days.map((day) => (
        <DayCell key={day.day} day={day} isChosen={day.day === chosen} onChoose={onChoose} />
      ))}
    </div>
  )
}

const dayMs = 86_400_000
const mondayMs = Date.UTC(2026, 0, 5)
const placeInWeek = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

interface DayCellProps extends Pick<RecordingCalendarProps, 'onChoose'> {
  readonly day: Day
  readonly isChosen: boolean
}
function DayCell({ day, isChosen, onChoose }: DayCellProps) {
  const { recordedMs, slateMs, gapMs, gaps, unknownMs } = day
  const words = [
    recordedMs > 0 && `${t('recordings.piece.recorded')} ${formatDuration(recordedMs)}`,
    slateMs > 0 && `${t('recordings.piece.slate')} ${formatDuration(slateMs)}`,
    gaps > 0 && `${t('recordings.piece.gap')} ${formatDuration(gapMs)} (${gaps})`,
    unknownMs > 0 && `${t('recordings.piece.unknown')} ${formatDuration(unknownMs)}`,
  ].filter(Boolean)
  const said = `${formatMoment(day.from, 'day', zone)}: ${words.length === 0 ? '–' : words.join(', ')}`
  const share = (ms: number) => `${(ms / (day.to - day.from)) * 100}%`
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      aria-label={said}
      title={said}
      onClick={() => onChoose(day.day)}
      className={`flex min-h-[34px] flex-col justify-between rounded border px-1.5 pt-0.5 pb-1 text-left ${isChosen ? 'border-accent bg-accent-soft' : 'border-line hover:bg-hover'}`}
    >
      <span className={`text-sm tabular-nums ${gaps > 0 ? 'font-semibold text-critical' : recordedMs > 0 ? '' : 'text-faint'}`}>{day.day.slice(-2)}</span>
      <span aria-hidden="true" className="flex h-1.5 w-full overflow-hidden rounded-[2px] bg-line">
        <i className="block h-full flex-none bg-ok" style={{ width: share(recordedMs - slateMs) }} />
        <i className="block h-full flex-none bg-slate" style={{ width: share(slateMs) }} />
        <i className="block h-full flex-none bg-critical" style={{ width: share(gapMs), minWidth: gapMs > 0 ? 3 : 0 }} />
        <i className="hatched block h-full flex-none" style={{ width: share(unknownMs) }} />
      </span>
    </button>
  )
}

const look: Readonly<Record<RecordingPieceKind, string>> = {
  recorded: 'bg-ok',
  slate: 'bg-slate',
  gap: 'bg-critical',
  none: '',
  unknown: 'hatched',
}
const mostListed = 100

interface RecordedDayProps {
  readonly lane: RecordingLane
  readonly actions?: (piece: RecordingPiece) => React.ReactNode
  /** Where in a piece of the lane was clicked; by keys the form below does the same. */
  readonly onAt?: (at: number) => void
}
function RecordedDay({ lane: { from, to, pieces }, actions, onAt }: RecordedDayProps) {
  const at = (moment: number) => `${((moment - from) / (to - from)) * 100}%`
  const listed = pieces.slice(0, mostListed)
  return (
    <>
      <div aria-hidden="true">
        <div
          className={`relative h-5 overflow-hidden rounded-[3px] border border-line bg-bg ${onAt === undefined ? '' : 'cursor-pointer'}`}
          onPointerUp={({ clientX, currentTarget }) => {
            const { left, width } = currentTarget.getBoundingClientRect()
            onAt?.(from + Math.min(1, Math.max(0, (clientX - left) / width)) * (to - from))
          }}
        >
          {pieces.map((piece) => (
            <i
              key={piece.from}
              className={`absolute inset-y-0 ${look[piece.is]}`}
              title={`${t(`recordings.piece.${piece.is}`)} · ${formatStretch(piece.from, piece.to, zone)}`}
              style={{ left: at(piece.from), width: at(from + piece.to - piece.from), minWidth: piece.is === 'gap' ? 2 : 0 }}
            />
          ))}
        </div>
        <div className="flex justify-between text-faint text-xs tabular-nums">
          {[from, (from + to) / 2, to].map((moment) => (
            <span key={moment}>{formatMoment(moment, 'time', zone).slice(0, 5)}</span>
          ))}
        </div>
      </div>
      <ul className="mt-1.5 flex flex-col">
        {listed.map((piece) => (
          <li key={piece.from} className="flex min-h-[28px] items-center gap-2 border-line border-t py-0.5 first:border-t-0">
            <i aria-hidden="true" className={`h-3 w-3 flex-none rounded-[2px] border border-line ${look[piece.is]}`} />
            <span className="whitespace-nowrap tabular-nums">
              {formatMoment(piece.from, 'time', zone)}–{formatMoment(piece.to, 'time', zone)}
            </span>
            <span className={piece.is === 'gap' ? 'font-medium text-critical' : 'text-muted'}>
              {t(`recordings.piece.${piece.is}`)} <span className="whitespace-nowrap text-faint">{formatDuration(piece.to - piece.from)}</span>
            </span>
            <span className="ml-auto flex flex-none gap-1">{actions?.(piece)}</span>
          </li>
        ))}
      </ul>
      {pieces.length > listed.length && <p className="text-faint">{t('common.andCountMore', { count: pieces.length - listed.length })}</p>}
    </>
  )
}

interface AskedDeletion {
  readonly serverId: string
  readonly server: string
  readonly path: string
  readonly found: Deletable
}
const fields = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })

/** Shows what will be deleted, asks for a reason, and deletes exactly these segments, not any recorded since. */
function DeleteDialog({ asked, onClose }: { readonly asked: AskedDeletion; readonly onClose: () => void }) {
  const { serverId, server, path, found } = asked
  return (
    <SendDialog
      title={t('recordings.deleteTitle', { segments: found.segments.length })}
      description={t('recordings.deleteText')}
      submit={t('recordings.deleteNow')}
      look="danger"
      fields={fields}
      start={noReason}
      read={readReason}
      send={async (reason) => {
        const done = await client.recordings.delete({ server: serverId, path, segments: [...found.segments], reason })
        await renew('recordings')
        showResult(done)
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    >
      <ul className="text-muted">
        <li className="break-words text-text">{`${path} · ${server}`}</li>
        {found.first !== null && found.last !== null && (
          <li>{t('recordings.deleteBegan', { from: formatMoment(found.first, 'second', zone), to: formatMoment(found.last, 'second', zone) })}</li>
        )}
        {found.more > 0 && <li>{t('recordings.deleteMore')}</li>}
      </ul>
    </SendDialog>
  )
}

function showResult({ deleted, failed, error }: DeletedRecordings): void {
  if (deleted > 0) toast(t('recordings.deleted', { segments: deleted }))
  if (failed > 0 && error !== null) toast.error(t('recordings.notDeleted', { segments: failed, reason: serverErrorText(error, language).what }))
}

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
export function RecordingDetails({ stream, plan, server, day, onDay, onClose }: RecordingDetailsProps) {
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
        <Button look="quiet" label={t('common.close')} onClick={onClose} icon={X} />
      </div>
      <div className="mt-1.5">
        {plan === null ? (
          <p className="text-muted">{t('recordings.notMeant')}</p>
        ) : (
          <Facts
            rows={[
              [t('recordings.formatFact'), plan.format],
              [t('recordings.segmentFact'), plan.segmentMs === null ? null : formatSpan(plan.segmentMs)],
              [t('common.retention'), keptText(plan.deleteAfterMs)],
            ]}
          />
        )}
      </div>
      {plan !== null && plan.unrecordable.length > 0 && (
        <p className="mt-1 text-critical">{t('recordings.unrecordable', { format: plan.format ?? '', codecs: plan.unrecordable.join(', ') })}</p>
      )}
      <Section title={t('recordings.calendar')}>
        {error !== null ? (
          <p className="text-critical">{failureText(error)}</p>
        ) : data === undefined ? (
          <SkeletonRows rows={5} />
        ) : (
          <RecordingCalendar days={days} chosen={chosen?.day ?? null} onChoose={onDay} />
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
  const { data, error } = useRecordingPieces({ server: stream.serverId, path: stream.path }, day)
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
  const may = useMay('administer')
  const past = useShownMoment() !== null
  const [asked, setAsked] = useState<AskedDeletion | null>(null)
  const preview = async () => {
    const found = await client.recordings.deletable({ server: stream.serverId, path: stream.path, since: day.from, until: day.to })
    if (found.segments.length === 0) toast(t('recordings.deleteNone'))
    else setAsked({ ...stream, found })
  }
  if (past || !may) return null
  return (
    <div className="mt-2 flex justify-end">
      <Button icon={Trash2} look="danger" onClick={() => void act(preview())} text={t('recordings.delete')} />
      {asked !== null && <DeleteDialog asked={asked} onClose={() => setAsked(null)} />}
    </div>
  )
}
