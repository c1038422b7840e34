import { describe, expect, it } from 'vitest'
import { someAlarmCounts } from '../../shared/alarms.fixture.ts'
import { alarmStates } from '../../shared/alarms.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { someChanges } from '../fleet/fleetState.fixture.ts'
import { openAlarms } from '../fleet/openAlarms.ts'
import { mutedUntilAt, muteSpans, soundOf } from './news.ts'
import { drawSignal, sampleRate, signals } from './voice.ts'

const now = 1_000_000_000
const wishes = { soundSeverities: ['critical', 'major'], mutedUntil: 0 } as const
const sounds = (counts: Parameters<typeof someAlarmCounts>[0], change: Partial<{ soundSeverities: readonly Severity[]; mutedUntil: number }> = {}) =>
  soundOf(openAlarms(someChanges({ alarms: [], alarmCounts: someAlarmCounts(counts) })), { ...wishes, ...change }, now)

describe('what sounds', () => {
  it('is the worst severity that nobody has', () => {
    expect(sounds({})).toBeNull()
    expect(sounds({ unacknowledged: { major: 2, minor: 1 }, acknowledged: { critical: 1 } })).toBe('major')
    expect(sounds({ unacknowledged: { critical: 1, major: 2 } })).toBe('critical')
    expect(soundOf(null, wishes, now)).toBeNull()
  })
  it('is none of what is acknowledged, healed, shelved, suppressed or out of service', () => {
    for (const state of alarmStates.filter((one) => one !== 'unacknowledged')) expect(sounds({ [state]: { critical: 1 } }), state).toBeNull()
  })
  it('is one of the chosen severities only', () => {
    expect(sounds({ unacknowledged: { critical: 1, minor: 1 } }, { soundSeverities: ['minor'] })).toBe('minor')
    expect(sounds({ unacknowledged: { critical: 1 } }, { soundSeverities: [] })).toBeNull()
  })
  it('is nothing while it is muted, and returns by itself', () => {
    expect(sounds({ unacknowledged: { critical: 1 } }, { mutedUntil: now + 1 })).toBeNull()
    expect(sounds({ unacknowledged: { critical: 1 } }, { mutedUntil: now })).toBe('critical')
  })
  it('is not muted for longer than a shift, also where a clock was wrong', () => {
    expect(mutedUntilAt({ mutedUntil: now + muteSpans.shift }, now)).toBe(now + muteSpans.shift)
    expect(mutedUntilAt({ mutedUntil: now + muteSpans.shift + 1 }, now)).toBeNull()
    expect(sounds({ unacknowledged: { critical: 1 } }, { mutedUntil: Number.MAX_SAFE_INTEGER })).toBe('critical')
  })
})

/** Zero crossings upwards in a second of what sounds: its mean pitch. */
function pitchOf(samples: Float32Array): number {
  let crossings = 0
  let loud = 0
  for (let place = 1; place < samples.length; place++) {
    const [before = 0, at = 0] = [samples[place - 1], samples[place]]
    if (before < 0 && at >= 0) crossings++
    if (at !== 0) loud++
  }
  return (crossings / loud) * sampleRate
}

describe('the signals', () => {
  const drawn = severities.map((severity) => drawSignal(signals[severity]))
  it('never exceed half of full loudness, and begin, end and repeat without a click', () => {
    for (const samples of drawn) {
      expect(samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0)).toBeLessThanOrEqual(0.5)
      expect(samples.reduce((most, one, place) => Math.max(most, Math.abs(one - (samples[place - 1] ?? 0))), 0)).toBeLessThan(0.5)
      expect([samples[0], samples.at(-1)].map(Math.abs as (value: number | undefined) => number)).toEqual([0, 0])
    }
  })
  it('differ: the worse, the higher, the louder and the sooner again', () => {
    const falls = (figures: readonly number[]) => figures.every((figure, place) => place === 0 || figure < (figures[place - 1] ?? 0))
    expect(falls(drawn.map(pitchOf))).toBe(true)
    expect(falls(severities.map((severity) => signals[severity].gain))).toBe(true)
    expect(falls(severities.map((severity) => -signals[severity].everySeconds))).toBe(true)
    expect(new Set(severities.map((severity) => signals[severity].tones.length)).size).toBe(severities.length)
  })
})
