import { expect, test } from 'vitest'
import type { MetricId } from '../../shared/metrics.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { evidenceOf } from './alarmFigure.ts'

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
