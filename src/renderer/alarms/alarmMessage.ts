import { takerName } from '../../i18n/alarmText.ts'
import { type Alarm, lastedBetween } from '../../shared/alarms.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDuration, formatInterval, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { language, t } from '../app/words.ts'

/** Name of the alarm's subject, and of its server or host unless it is that itself. */
export function namesOf({ subject, serverName }: Alarm): { readonly name: string; readonly server: string | null } {
  const part = partOf(subject)
  return part === null ? { name: serverName, server: null } : { name: part, server: serverName }
}

export function timesText(count: number): string {
  return `${formatValue(count, 'count')} ×`
}

const dayMs = 86_400_000
/** A duration in its largest unit, so that it does not change every second. */
export function roundSpan(ms: number): string {
  const unit = ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : ms < 2 * dayMs ? 3_600_000 : dayMs
  return formatSpan(Math.max(0, Math.floor(ms / unit)) * unit)
}

/** Whether somebody, or a maintenance window, has it. */
export function isHandled({ shelf, acknowledged, suppressedBy }: Alarm): boolean {
  return shelf !== null || acknowledged !== null || suppressedBy === 'maintenance'
}

/** Who has an alarm, or that it is in maintenance; null: nobody. */
export function handlingText({ shelf, acknowledged, suppressedBy }: Alarm, now: number): string | null {
  if (suppressedBy === 'maintenance') return t('maintenance.mark')
  if (shelf !== null) return t('alarms.shelvedBy', { by: shelf.by, time: formatTime(shelf.until) })
  return acknowledged === null ? null : t('alarms.acknowledgedBy', { by: takerName(acknowledged, language), age: roundSpan(now - acknowledged.at) })
}

/** That it is well again but not over yet, and for how long; null: it is not. */
export function calmText(
  { calmSince, clearsAt, healedAt, closed }: Pick<Alarm, 'calmSince' | 'clearsAt' | 'healedAt'> & Partial<Pick<Alarm, 'closed'>>,
  now: number,
): string | null {
  if (calmSince === undefined || healedAt !== null || closed) return null
  // In the past, or with its time up, there is no time left to say.
  return clearsAt === undefined || clearsAt <= now
    ? t('alarms.calm', { time: roundSpan(now - calmSince) })
    : t('alarms.clearing', { time: roundSpan(now - calmSince), left: roundSpan(clearsAt - now) })
}

/** When it first began: `since` is that of its last return. */
export function firstBegan({ since, raisedAt }: Pick<Alarm, 'since' | 'raisedAt'>): number {
  return Math.min(since, raisedAt)
}
/** How long a closed alarm lasted; of one that returned, within what time it came and went. */
export function pastText(alarm: Alarm): string {
  const began = firstBegan(alarm)
  return t(alarm.since > alarm.raisedAt ? 'alarms.cameAndWent' : 'alarms.lasted', { time: durationText({ ...alarm, since: began }, alarm.closed?.at ?? began) })
}
/** How long its trouble has lasted, ms. */
export function durationOf({ since, healedAt, closed }: Pick<Alarm, 'since' | 'healedAt'> & Partial<Pick<Alarm, 'closed'>>, now: number): number {
  return Math.max(0, (healedAt ?? closed?.at ?? now) - since)
}
/** A range if it ended while this console was not running. */
export function durationText(of: Parameters<typeof durationOf>[0] & Pick<Alarm, 'wrongUntil'>, now: number): string {
  const { since, healedAt, wrongUntil } = of
  if (healedAt === null) return formatDuration(durationOf(of, now))
  const { minMs, maxMs } = lastedBetween(since, healedAt, wrongUntil)
  return formatInterval(minMs, maxMs)
}
