import { expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { hostSubject, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { consoleSubject } from '../../shared/subjects.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { bundledText, readBundledAlarms } from './bundledAlarms.ts'

const { state: _, ...some } = someAlarm({})
const record = (id: string, change: Partial<AlarmRecord> = {}): AlarmRecord => ({ ...some, id, incident: id, closed: null, ...change })
const raised = { kind: 'raised', at: 1_000, since: 1_000, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' } as const

async function idsOf(alarms: readonly AlarmRecord[], of?: Parameters<typeof bundledText>[1]['of']) {
  const rows = {
    within: async function* () {
      for (const [no, alarm] of alarms.entries()) yield { no, closedAt: null, alarm, changes: [raised] }
    },
    keptSince: () => 0,
    machines: () => [['host-aaaa', 'a'] as const],
    open: () => undefined,
  }
  const text = await bundledText(
    rows,
    { from: 500, to: 2_000, of, probes: ['probe-aaaa'] },
    null,
    null,
    createSlices(createTestClock()).begin(),
    new AbortController().signal,
  )
  const read = readBundledAlarms(text)
  return { ids: read?.alarms.map(({ alarm }) => alarm.id), since: read?.since }
}

test('a bundle has the alarms of what was chosen and of the hosts under it, and of all with the console’s own', async () => {
  const alarms = [
    record('cam1', { subject: streamSubject('a', 'cam1') }),
    record('cam2', { subject: streamSubject('a', 'cam2') }),
    record('down', { subject: serverSubject('a'), kind: 'serverDown' }),
    record('names', { subject: serverSubject('a'), kind: 'happened' }),
    record('other', { subject: serverSubject('b'), kind: 'serverDown' }),
    record('host', { subject: hostSubject('host-aaaa') }),
    record('other host', { subject: hostSubject('host-bbbb') }),
    record('probe', { subject: probeSubject('probe-aaaa'), kind: 'limitCrossed' }),
    record('other probe', { subject: probeSubject('probe-bbbb'), kind: 'limitCrossed' }),
    record('own', { subject: consoleSubject, kind: 'storeFailing' }),
  ]
  expect(await idsOf(alarms)).toEqual({ ids: ['cam1', 'cam2', 'down', 'names', 'other', 'host', 'other host', 'probe', 'other probe', 'own'], since: 500 })
  expect((await idsOf(alarms, [serverSubject('a')])).ids).toEqual(['cam1', 'cam2', 'down', 'names', 'host', 'probe'])
  expect((await idsOf(alarms, [streamSubject('a', 'cam1')])).ids).toEqual(['cam1', 'down', 'host', 'probe'])
})

test('alarms beyond the most that a bundle has are not known of the time before they ended', async () => {
  const many = Array.from({ length: 10_002 }, (_unused, place) => record(`cam${place}`))
  const { ids, since } = await idsOf(many)
  expect([ids?.length, since]).toEqual([10_000, 2_000])
})

test('what a bundle says of alarms is not trusted', () => {
  const one = { alarm: record('x'), changes: [raised] }
  const read = (...alarms: readonly unknown[]) => readBundledAlarms(JSON.stringify({ since: 5, alarms }))?.alarms.length
  expect(read(one)).toBe(1)
  expect(read(one, null, { alarm: { ...one.alarm, kind: 'somethingNew' }, changes: [raised] }, { ...one, changes: [] })).toBe(1)
  expect(read({ ...one, alarm: { ...one.alarm, runbookUrl: 'javascript:alert(1)' } })).toBe(0)
  expect(read({ ...one, alarm: { ...one.alarm, runbookUrl: 'https://wiki.example/x' } })).toBe(1)
  for (const text of [
    undefined,
    '',
    '[]',
    '{"since":-1,"alarms":[]}',
    '{"since":1e300,"alarms":[]}',
    '{"since":1,"alarms":7}',
    `{"since":1,"alarms":[${' '.repeat(60_000_000)}]}`,
  ])
    expect(readBundledAlarms(text)).toBe(null)
})
