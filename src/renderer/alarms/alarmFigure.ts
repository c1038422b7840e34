import type { Alarm } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import type { EventKind } from '../../shared/events.ts'
import type { Incident } from '../../shared/incidents.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { lastingChecks } from '../../shared/probeContent.ts'
import type { AlarmSubject, Subject } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import type { DrawnLimits, FigurePeriod } from '../fleet/figureChart.ts'

interface AlarmFigure {
  readonly metric: MetricId
  readonly subject: Subject
  /** null: none that can be drawn as a line. */
  readonly limits: DrawnLimits | null
  readonly leadMs: number
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const defaultLeadMs = 10 * minuteMs
const slowLeadMs: Readonly<Partial<Record<MetricId, number>>> = {
  'server.certificateDays': 7 * dayMs,
  'host.memoryPercent': hourMs,
  'host.swapUsed': hourMs,
  'host.temperature': hourMs,
  'host.mediaMemory': hourMs,
}
/** For deviations from the usual: preceding hours show whether the whole day or only this hour is different. */
const defaultHoursMs = 3 * hourMs
const diskLeadMs = 6 * hourMs

/** The bit rate of a slate is like that of any other picture. */
const figureOfTrouble: Readonly<Partial<Record<Alarm['kind'], MetricId>>> = {
  serverDown: 'server.answerMs',
  streamGone: 'path.bitrateIn',
  streamStalled: 'path.bitrateIn',
  endedWhileRead: 'path.bitrateIn',
  sourceFailing: 'path.bitrateIn',
  packetsLost: 'path.lostLastMinute',
  streamsLost: 'server.streamsLive',
  pollingSlowed: 'server.pollBytes',
  hostDown: 'host.cpu',
  diskFilling: 'device.used',
}
const figureOfEvent: Readonly<Partial<Record<EventKind, MetricId>>> = {
  serverRestarted: 'server.streamsLive',
  serverUpgraded: 'server.streamsLive',
  publisherChanged: 'path.bitrateIn',
  codecChanged: 'path.bitrateIn',
  sizeChanged: 'path.bitrateIn',
  hostRestarted: 'host.cpu',
  mediaServerRestarted: 'host.mediaMemory',
}

const hasFigure = (subject: AlarmSubject, metric: MetricId): subject is Subject => subject.kind === kindOfMetric(metric)

/** The metric and limits that an alarm is about; null: no metric shows what is wrong. */
export function figureOfAlarm({ subject, kind, why, severity }: Pick<Alarm, 'subject' | 'kind' | 'why' | 'severity'>): AlarmFigure | null {
  const drawn = (metric: MetricId | null, more: Partial<AlarmFigure> = {}): AlarmFigure | null =>
    metric === null || !hasFigure(subject, metric) ? null : { subject, metric, limits: null, leadMs: leadOf(subject, metric), ...more }
  switch (why.kind) {
    case 'limitCrossed': {
      const { metric, per, side, limit, clear = null } = why
      // No chart is drawn of a multiple of another metric.
      return drawn(per === null ? metric : null, { limits: { of: 'figure', side, severity, limit, clear } })
    }
    case 'offUsual': {
      const { metric, side, factor } = why
      const limits: DrawnLimits | null = factor === undefined ? null : { of: 'usual', side, severity, limit: factor, clear: null }
      return drawn(metric, { limits, leadMs: defaultHoursMs })
    }
    case 'changedFast':
      return drawn(why.per === null ? why.metric : null, { leadMs: Math.max(defaultLeadMs, 1.5 * why.withinMs) })
    case 'flapping':
      return drawn('path.bitrateIn')
    case 'happened':
      return drawn(figureOfEvent[why.event.kind as EventKind] ?? null)
    default:
      return drawn(figureOfTrouble[kind] ?? null)
  }
}

const leadOf = (subject: AlarmSubject, metric: MetricId): number =>
  subject.kind === 'device' && subject.device.startsWith('disk:') ? diskLeadMs : (slowLeadMs[metric] ?? defaultLeadMs)

const leastAfterMs = 2 * minuteMs
const longestMs = 30 * dayMs

/** During an ongoing alarm it changes rarely, to avoid refetching the chart. */
export function figurePeriod({ since, healedAt, closed }: Pick<Alarm, 'since' | 'healedAt' | 'closed'>, leadMs: number, now: number): FigurePeriod {
  const end = healedAt ?? closed?.at ?? null
  const lastedMs = Math.max(0, (end ?? now) - since)
  let lead = leadMs
  while (lead < lastedMs / 6) lead *= 2
  const to = Math.min(end === null ? Number.POSITIVE_INFINITY : end + Math.max(leastAfterMs, lastedMs / 4), since + longestMs)
  return { from: since - lead, to: to < now ? to : null }
}

/** What lasts in a probe's pictures or sound, of which pictures are kept. */
const evident: ReadonlySet<MetricId> = new Set(['probe.contentFaults', ...lastingChecks.map((check) => `probe.${check}Ms` as const)])
/** A picture of what has just become a fault may be from shortly before the alarm. */
const leadMs = 60_000

/** When pictures show what an alarm is about, as of a moment (null: now); `to` null: up to now. null: there are none. */
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

/** What leads an incident also has the incident's causes, which may have been found for an earlier alarm. */
export function shownCauses({ id, causes }: Alarm, incidents: readonly Incident[]): readonly Cause[] {
  return causes ?? incidents.find(({ lead }) => lead === id)?.causes ?? []
}
