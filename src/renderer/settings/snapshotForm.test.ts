import { describe, expect, test } from 'vitest'
import { snapshotSettingsSchema } from '../../shared/snapshots.ts'
import { readSnapshots, snapshotEntries } from './snapshotForm.ts'

const usual = snapshotSettingsSchema.parse({})
const entered = snapshotEntries(usual)
const wrongOf = (changed: Partial<typeof entered>) => {
  const read = readSnapshots({ ...entered, ...changed })
  return read.ok ? null : Object.keys(read.error)
}

describe('the form of snapshots', () => {
  test('reads back what it shows', () => {
    const exceptions = [
      { everySeconds: 15, tags: ['studio', 'slides'], servers: [], streams: ['north/*'] },
      { everySeconds: null, tags: [], servers: ['Hamburg 2'], streams: [] },
    ]
    const settings = snapshotSettingsSchema.parse({ ...usual, everySeconds: null, megabitsPerSecond: 2.5, exceptions })
    expect(snapshotEntries(settings).exceptions).toBe('15 tags: studio, slides; streams: north/*\nnever servers: Hamburg 2')
    expect(readSnapshots(snapshotEntries(settings))).toEqual({ ok: true, value: settings })
    expect(readSnapshots(entered)).toEqual({ ok: true, value: usual })
  })

  test('without an interval they are taken by hand only', () => {
    expect(readSnapshots({ ...entered, everySeconds: ' ' })).toMatchObject({ ok: true, value: { everySeconds: null } })
  })

  test.each([
    ['everySeconds', '5'],
    ['everySeconds', 'often'],
    ['megabitsPerSecond', ''],
    ['atOnce', '9'],
    ['keepDays', '0.5'],
    ['keepAlarmDays', '4000'],
    ['keepMegabytes', ''],
    ['exceptions', '15'],
    ['exceptions', '5 tags: studio'],
    ['exceptions', 'soon tags: studio'],
    ['exceptions', '15 studio'],
    ['exceptions', '15 tags:'],
    ['exceptions', '15 tags: a; tags: b'],
    ['exceptions', '15 colours: red'],
  ] as const)('%s “%s” is refused at its field', (field, text) => {
    expect(wrongOf({ [field]: text })).toEqual([field])
  })

  test('takes a decimal comma, and exceptions with empty lines between them', () => {
    expect(readSnapshots({ ...entered, megabitsPerSecond: '2,5', exceptions: '\n15 streams: a, b\n\n' })).toMatchObject({
      ok: true,
      value: { megabitsPerSecond: 2.5, exceptions: [{ everySeconds: 15, streams: ['a', 'b'], tags: [], servers: [] }] },
    })
  })
})
