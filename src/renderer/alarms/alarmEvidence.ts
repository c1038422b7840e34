import type { Alarm } from '../../shared/alarms.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { lastingChecks } from '../../shared/probeContent.ts'
import { figureOfAlarm } from './alarmFigure.ts'

/** Figures of what lasts in a probe's pictures or sound: pictures of it are kept. */
const evident: ReadonlySet<MetricId> = new Set(['probe.contentFaults', ...lastingChecks.map((check) => `probe.${check}Ms` as const)])
/** A picture of what has just become a fault may be from shortly before the alarm, ms. */
const leadMs = 60_000

/** Of which time pictures show what an alarm is about, as of a moment (null: now); `to` null: up to now. null: there are no such pictures. */
export function evidenceOf(
  alarm: Pick<Alarm, 'subject' | 'kind' | 'why' | 'severity' | 'since' | 'healedAt' | 'closed'>,
  at: number | null,
): { readonly probeId: string; readonly from: number; readonly to: number | null } | null {
  const { subject, since, healedAt, closed } = alarm
  const figure = figureOfAlarm(alarm)
  if (subject.kind !== 'probe' || figure === null || !evident.has(figure.metric)) return null
  const ended = healedAt ?? closed?.at ?? null
  return { probeId: subject.probeId, from: since - leadMs, to: ended === null ? at : Math.min(ended, at ?? ended) }
}
