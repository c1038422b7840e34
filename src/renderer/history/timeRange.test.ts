import { describe, expect, it } from 'vitest'
import { readMoment, readTimeRange, type TimeRange, windowOf, writeTimeRange, zoomOf } from './timeRange.ts'

const read = (text: string) => readTimeRange(new URLSearchParams(text))
describe('a time range in the URL', () => {
  it('was not chosen when nothing is said or nothing can be read', () => {
    for (const text of ['', 'range=2h', 'from=x&to=y', 'from=5&to=4', 'from=-1&to=9999999999', 'range=toString']) expect(read(text)).toBeNull()
    expect(writeTimeRange(new URLSearchParams('q=cam&from=1&to=99999'), null).toString()).toBe('q=cam')
  })
  it('comes back as it was written', () => {
    const ranges: TimeRange[] = [
      { kind: 'last', id: '1h' },
      { kind: 'last', id: '7d' },
      { kind: 'since', from: 1_763_600_000_000 },
      { kind: 'between', from: 1_763_600_000_000, to: 1_763_600_600_000 },
    ]
    for (const range of ranges) expect(readTimeRange(writeTimeRange(new URLSearchParams('range=24h&from=1&to=2'), range))).toEqual(range)
  })
  it('leaves other parameters alone', () => {
    expect(writeTimeRange(new URLSearchParams('q=cam&range=6h'), { kind: 'last', id: '24h' }).toString()).toBe('q=cam&range=24h')
    // The moment is added by moment.ts, which alone knows the one that holds.
    expect(writeTimeRange(new URLSearchParams('q=cam&at=5'), { kind: 'last', id: '24h' }).toString()).toBe('q=cam&range=24h')
  })
  it('moves with now while it is live, and stands still otherwise', () => {
    expect(windowOf({ kind: 'last', id: '1h' }, 10_000_000)).toEqual({ from: 6_400_000, to: 10_000_000, live: true })
    expect(windowOf({ kind: 'since', from: 9_000_000 }, 10_000_000)).toEqual({ from: 9_000_000, to: 10_000_000, live: true })
    expect(windowOf({ kind: 'between', from: 1, to: 2 }, 10_000_000)).toEqual({ from: 1, to: 2, live: false })
  })
})
describe('a drag over a chart', () => {
  const window = { from: 0, to: 3_600_000, live: true }
  it('zooms to what it covers, in either direction', () => {
    expect(zoomOf(window, 0.25, 0.5)).toEqual({ kind: 'between', from: 900_000, to: 1_800_000 })
    expect(zoomOf(window, 0.5, 0.25)).toEqual({ kind: 'between', from: 900_000, to: 1_800_000 })
  })
  it('is a mere click when it is short', () => expect(zoomOf(window, 0.5, 0.505)).toBeNull())
  it('stays inside the chart', () => expect(zoomOf(window, 0.9, 1.4)).toEqual({ kind: 'between', from: 3_240_000, to: 3_600_000 }))
  it('never goes below ten seconds', () => expect(zoomOf({ from: 0, to: 20_000, live: false }, 0.1, 0.3)).toBeNull())
})

describe('a moment that is typed', () => {
  it('is read in the zone of the operator', () => {
    expect(readMoment('2026-11-14 03:14:27', 'utc')).toBe(Date.UTC(2026, 10, 14, 3, 14, 27))
    expect(readMoment(' 2026-11-14T3:14 ', 'utc')).toBe(Date.UTC(2026, 10, 14, 3, 14, 0))
    expect(readMoment('2026-11-14 03:14:27', 'local')).toBe(new Date(2026, 10, 14, 3, 14, 27).getTime())
  })
  it.each(['', 'yesterday', '2026-13-01 00:00', '2026-11-14', '2026-11-14 25:00'])('is not %j', (text) => expect(readMoment(text, 'utc')).toBeNull())
})
