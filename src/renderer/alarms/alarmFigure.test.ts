import { describe, expect, it, test } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { evidenceOf, figureOfAlarm, figurePeriod, shownCauses } from './alarmFigure.ts'

const cam1 = streamSubject('berlin', 'cam1')
const edge = hostSubject('host-1')
const minuteMs = 60_000
const figureOf = (alarm: Pick<Alarm, 'subject' | 'kind' | 'why'>) => figureOfAlarm({ severity: 'major', ...alarm })

describe('the figure of an alarm', () => {
  it('is the one beyond its limit, with the limits that judged it and no others', () => {
    const why = { kind: 'limitCrossed', metric: 'host.cpu', per: null, side: 'above', value: 97, limit: 99, clear: 95 } as const
    expect(figureOf({ subject: edge, kind: 'limitCrossed', why })).toMatchObject({
      subject: edge,
      metric: 'host.cpu',
      limits: { of: 'figure', side: 'above', severity: 'major', limit: 99, clear: 95 },
    })
  })
  it('has no line where it heals if the alarm is older than such lines', () => {
    const why = { kind: 'limitCrossed', metric: 'path.latency', per: null, side: 'below', value: 2, limit: 3 } as const
    expect(figureOf({ subject: cam1, kind: 'limitCrossed', why })).toMatchObject({ limits: { limit: 3, clear: null } })
  })
  it('that is a multiple of another one is not drawn', () => {
    const why = { kind: 'limitCrossed', metric: 'path.latency', per: 'path.rtt', side: 'below', value: 2, limit: 3 } as const
    expect(figureOf({ subject: cam1, kind: 'limitCrossed', why })).toBeNull()
  })
  it('off what is usual is drawn with its band, and the hours before', () => {
    const why = { kind: 'offUsual', metric: 'path.bitrateIn', side: 'below', value: 1, factor: 2, low: 3, high: 4, weeks: 5, weekday: 1, hour: 2, zone: 'UTC' }
    const figure = figureOf({ subject: cam1, kind: 'offUsual', why: why as Alarm['why'] })
    expect(figure).toMatchObject({ limits: { of: 'usual', side: 'below', limit: 2 } })
    expect(figure?.leadMs).toBeGreaterThan(60 * minuteMs)
  })
  it('that changed fast is shown from before the time within which it did', () => {
    const why = { kind: 'changedFast', metric: 'host.cpu', per: null, change: 50, withinMs: 3_600_000, limit: 40 } as const
    const figure = figureOf({ subject: edge, kind: 'changedFast', why })
    expect(figure?.leadMs).toBeGreaterThan(3_600_000)
    expect(figure?.limits).toBeNull()
  })
  it('of a state is the one that shows it best, and none is better than a misleading one', () => {
    const metricOf = (subject: Alarm['subject'], kind: Alarm['kind'], why: Alarm['why']) => figureOf({ subject, kind, why })?.metric ?? null
    expect(metricOf(cam1, 'streamGone', { kind: 'notBack' })).toBe('path.bitrateIn')
    expect(metricOf(deviceSubject('host-1', 'disk:/'), 'diskFilling', { kind: 'diskFilling', mount: '/', fullAt: 1 })).toBe('device.used')
    expect(metricOf(serverSubject('berlin'), 'serverHalted', { kind: 'serverHalted' })).toBeNull()
    expect(metricOf({ kind: 'console' }, 'consoleOffline', { kind: 'noNetwork' })).toBeNull()
    const event = { kind: 'codecChanged', at: 1, subject: cam1, ownerName: null, facts: {} }
    expect(metricOf(cam1, 'happened', { kind: 'happened', event })).toBe('path.bitrateIn')
    expect(metricOf(serverSubject('berlin'), 'happened', { kind: 'happened', event: { ...event, kind: 'certificateChanged' } })).toBeNull()
  })
})

describe('the period of its chart', () => {
  const since = 1_700_000_000_000
  const period = (alarm: Partial<Pick<Alarm, 'healedAt' | 'closed'>>, afterMs: number, leadMs = 10 * minuteMs) => {
    const { from, to } = figurePeriod({ since, healedAt: null, closed: null, ...alarm }, leadMs, since + afterMs)
    return [(from - since) / minuteMs, to && (to - since) / minuteMs]
  }
  it('begins before the onset, and goes on while the alarm lasts', () => {
    expect(period({}, minuteMs)).toEqual([-10, null])
    expect(period({}, 59 * minuteMs)).toEqual([-10, null])
  })
  it('begins earlier the longer it lasts, in few steps, so that the onset is never at its edge', () => {
    expect(period({}, 61 * minuteMs)).toEqual([-20, null])
    expect(period({}, 119 * minuteMs)).toEqual([-20, null])
  })
  it('ends a little after the end, once that has passed', () => {
    const healedAt = since + 4 * minuteMs
    expect(period({ healedAt }, 5 * minuteMs)).toEqual([-10, null])
    expect(period({ healedAt }, 90 * minuteMs)).toEqual([-10, 6])
    expect(period({ closed: { at: since + 40 * minuteMs, because: 'rule' } }, 90 * minuteMs)).toEqual([-10, 50])
  })
  it('is bounded', () => {
    const [from, to] = period({}, 400 * 24 * 60 * minuteMs)
    expect(to).toBe(30 * 24 * 60)
    expect(from).toBeGreaterThan(-200 * 24 * 60)
  })
})

const alarmOf = (metric: MetricId, given: { readonly healedAt?: number; readonly closedAt?: number } = {}) => ({
  subject: probeSubject('probe-abcd1234'),
  kind: 'limitCrossed' as const,
  severity: 'major' as const,
  why: { kind: 'limitCrossed' as const, metric, per: null, side: 'above' as const, limit: 30_000, value: 42_000 },
  since: 1_000_000,
  healedAt: given.healedAt ?? null,
  closed: given.closedAt === undefined ? null : { at: given.closedAt, because: 'healed' as const },
})

test('pictures show an alarm of what lasts in a picture from a little before its onset to its end, and none after the moment shown', () => {
  const from = 940_000
  expect(evidenceOf(alarmOf('probe.frozenMs'), null)).toEqual({ probeId: 'probe-abcd1234', from, to: null })
  expect(evidenceOf(alarmOf('probe.silentMs', { healedAt: 1_200_000, closedAt: 1_300_000 }), null)).toMatchObject({ from, to: 1_200_000 })
  expect(evidenceOf(alarmOf('probe.frozenMs'), 1_100_000)).toMatchObject({ to: 1_100_000 })
  expect(evidenceOf(alarmOf('probe.frozenMs', { closedAt: 1_200_000 }), 1_100_000)).toMatchObject({ to: 1_100_000 })
})

test('of other figures of a probe there are no such pictures', () => {
  for (const metric of ['probe.loudness', 'probe.bitrate'] as const) expect(evidenceOf(alarmOf(metric), null)).toBeNull()
})

const causeOf = (live: number): readonly Cause[] => [{ facts: { kind: 'publisherClosed', bps: live }, sure: 'seen', of: null, metric: null }]
const incidents = [someIncident({ id: 'x', lead: 'gone', causes: [...causeOf(2)] })]

it('are its own', () => {
  expect(shownCauses(someAlarm({ id: 'gone', incident: 'x', causes: [...causeOf(1)] }), incidents)).toEqual(causeOf(1))
})
it('are those of the incident that it leads where it has none, as its card on Overview has them', () => {
  expect(shownCauses(someAlarm({ id: 'gone', incident: 'x' }), incidents)).toEqual(causeOf(2))
})
it('are none where another one leads', () => {
  expect(shownCauses(someAlarm({ id: 'loss', incident: 'x' }), incidents)).toEqual([])
})
