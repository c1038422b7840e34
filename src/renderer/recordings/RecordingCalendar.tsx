import { useTranslation } from 'react-i18next'
import type { RecordingCalendar as Calendar } from '../../shared/recordings.ts'
import { formatDuration, formatMoment, type TimeZoneChoice } from '../../shared/units.ts'
import { useLanguage } from '../app/useLanguage.ts'

type Day = Calendar['days'][number]

interface RecordingCalendarProps {
  readonly days: readonly Day[]
  readonly zone: TimeZoneChoice
  /** As `2026-10-24`. */
  readonly chosen: string | null
  readonly onChoose: (day: string) => void
}
/** Days as weeks from Monday on, each with how much of it is recorded and missing. */
export function RecordingCalendar({ days, zone, chosen, onChoose }: RecordingCalendarProps) {
  const language = useLanguage()
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
        <DayCell key={day.day} day={day} zone={zone} isChosen={day.day === chosen} onChoose={onChoose} />
      ))}
    </div>
  )
}

const dayMs = 86_400_000
/** Some Monday. */
const mondayMs = Date.UTC(2026, 0, 5)
const placeInWeek = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

interface DayCellProps extends Pick<RecordingCalendarProps, 'zone' | 'onChoose'> {
  readonly day: Day
  readonly isChosen: boolean
}
function DayCell({ day, zone, isChosen, onChoose }: DayCellProps) {
  const { t } = useTranslation()
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
