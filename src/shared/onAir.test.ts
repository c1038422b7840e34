import { expect, test } from 'vitest'
import { readWeekly } from './onAir.ts'

test.each([
  ['MO-FR 08:00-18:00', { days: ['MO', 'TU', 'WE', 'TH', 'FR'], start: '08:00', minutes: 600 }],
  ['sa,su  10:30-12:00', { days: ['SA', 'SU'], start: '10:30', minutes: 90 }],
  ['FR-MO 22:00-04:00', { days: ['MO', 'FR', 'SA', 'SU'], start: '22:00', minutes: 360 }],
  ['MO 00:00-24:00', { days: ['MO'], start: '00:00', minutes: 1_440 }],
  ['MO-SU 00:00-00:00', { days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '00:00', minutes: 1_440 }],
])('%s are hours of the week', (text, hours) => expect(readWeekly(text)).toEqual(hours))

test.each(['', 'MO', 'MO-FR', '08:00-18:00', 'XX 08:00-18:00', 'MO 8-18', 'MO 08:00-25:00', 'MO 24:00-01:00', 'MO 08:00-18:00, TU', 'daily'])(
  '“%s” are none',
  (text) => expect(readWeekly(text)).toBeNull(),
)
