import { describe, expect, it } from 'vitest'
import { type AlarmChange, alarmChangeSchema } from '../shared/alarms.ts'
import { formatMomentInZone } from '../shared/units.ts'
import { alarmChangeText } from './alarmText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const names = { trouble: (kind: string) => `<${kind}>`, severity: (severity: string) => `<${severity}>` }
const [at, until, by] = [1_800_000_000_000, 1_800_003_600_000, 'operator']
/** One of each kind: the compiler asks for it. */
const changes: { readonly [K in AlarmChange['kind']]: Extract<AlarmChange, { kind: K }> } = {
  raised: { kind: 'raised', at, since: at, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' },
  returned: { kind: 'returned', at, since: at, why: { kind: 'noAnswer' }, trouble: 'streamStalled', severity: 'critical' },
  recurred: { kind: 'recurred', at, since: at, wellSince: at - 26_000, why: { kind: 'noAnswer' }, trouble: 'streamStalled', severity: 'critical' },
  turned: { kind: 'turned', at, since: at, why: { kind: 'noAnswer' }, trouble: 'slateOnAir', severity: 'major' },
  healed: { kind: 'healed', at },
  suppressed: { kind: 'suppressed', at, because: 'server' },
  released: { kind: 'released', at, because: 'paused' },
  acknowledged: { kind: 'acknowledged', at, by, until },
  unacknowledged: { kind: 'unacknowledged', at, by },
  shelved: { kind: 'shelved', at, by, until, reason: 'lens', endsHealedForMs: 600_000 },
  unshelved: { kind: 'unshelved', at, by },
  commented: { kind: 'commented', at, by, text: 'called' },
  closed: { kind: 'closed', at, because: 'healed' },
}
const all: readonly AlarmChange[] = [
  ...Object.values(changes),
  { ...changes.suppressed, because: 'paused' },
  { ...changes.suppressed, because: 'console' },
  { ...changes.suppressed, because: 'maintenance' },
  { ...changes.released, because: 'maintenance' },
  { ...changes.acknowledged, until: null },
  { ...changes.unacknowledged, by: null },
  { ...changes.shelved, endsHealedForMs: null },
  { ...changes.unshelved, by: null },
  { ...changes.closed, because: 'removed' },
]

describe.each(languages)('what happened to an alarm, in %s', (language) => {
  it('has a text for each kind of change', () => {
    for (const change of all) expectSentence(change.kind, (tag) => alarmChangeText(change, tag, names), language, change)
  })

  it('names what began, how bad it is, who did something, until when and why', () => {
    expect(alarmChangeText(changes.raised, language, names)).toMatch(/<streamGone>.*<critical>/)
    expect(alarmChangeText(changes.acknowledged, language, names)).toContain(by)
    expect(alarmChangeText(changes.acknowledged, language, names)).toContain(formatMomentInZone(until, language))
    expect(alarmChangeText(changes.shelved, language, names)).toMatch(/lens/)
    expect(alarmChangeText(changes.shelved, language, names)).toContain(formatMomentInZone(until, language))
    expect(alarmChangeText(changes.commented, language, names)).toMatch(/operator.*called/)
  })

  it('tells what an operator did from what ended by itself', () => {
    for (const change of [changes.unacknowledged, changes.unshelved]) expect(alarmChangeText({ ...change, by: null }, language, names)).not.toContain(by)
  })
})

it('each is one that is sent', () => {
  for (const change of all) expect(alarmChangeSchema.parse(change)).toEqual(change)
})
