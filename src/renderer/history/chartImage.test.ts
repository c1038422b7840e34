import { expect, it } from 'vitest'
import { namedClock } from '../app/zoneClock.ts'
import { chartCsv } from './chartCsv.ts'
import { composeSvg } from './chartImage.ts'
import { fromHistory } from './joinSeries.ts'
import { streamLanes } from './lanes.ts'

it('makes an image that needs nothing of the page, whatever a stream is called', () => {
  const svg = composeSvg(
    100,
    50,
    'var(--surface)',
    [{ kind: 'text', x: 1, y: 2, text: '<b>&"cam"', size: 12, weight: 600, color: 'var(--text)', anchor: 'start' }],
    (name) => ({ surface: '#101', text: '#fff' })[name] ?? '',
  )
  expect(svg).toContain('fill="#101"')
  expect(svg).toContain('&lt;b&gt;&amp;&quot;cam&quot;')
  expect(svg).not.toContain('var(')
})
it('keeps the hatching of what is not known, and marks of events in their colours', () => {
  const svg = composeSvg(
    100,
    50,
    'var(--surface)',
    [
      { kind: 'svg', x: 1, y: 2, width: 30, height: 10, markup: '<pattern id="hatch"><path stroke="var(--unknown)"/></pattern><rect fill="url(#hatch)"/>' },
      { kind: 'svg', x: 5, y: 6, width: 12, height: 12, viewBox: '0 0 16 16', color: 'rgb(1, 2, 3)', markup: '<path d="M1 1"/>' },
    ],
    () => '#888',
  )
  expect(svg).toContain('<pattern id="hatch"><path stroke="#888"/>')
  expect(svg).toContain('fill="url(#hatch)"')
  expect(svg).toContain('viewBox="0 0 16 16" color="rgb(1, 2, 3)"')
})
it('exports lanes a row a bucket, unknown as nothing', () => {
  const lanes = streamLanes.slice(0, 2)
  const csv = chartCsv({
    lanes,
    series: [
      fromHistory({ at: [0, 2000], min: [1, 2], mean: [1, 2], max: [1, 2], gaps: [], tier: 'samples' }),
      fromHistory({ at: [300, 1000], min: [7, 0], mean: [7, 5], max: [7, 9], gaps: [], tier: 'minutes' }),
    ],
    bucketMs: 1000,
    from: 0,
    to: 3000,
  })
  expect(csv.split('\r\n').slice(1, 4)).toEqual([
    '1970-01-01T00:00:00.000Z,1,1,1,samples,7,7,7,minutes',
    '1970-01-01T00:00:01.000Z,,,,,0,5,9,minutes',
    '1970-01-01T00:00:02.000Z,2,2,2,samples,,,,',
  ])
  expect(csv).toMatch(/^at,path\.bitrateIn_min_bps,/)
})
it('exports another period beside it with its own times, and the time that the operator read', () => {
  const day = 86_400_000
  const at = Date.parse('2026-10-25T11:00:00Z')
  const csv = chartCsv({
    lanes: streamLanes.slice(0, 1),
    series: [fromHistory({ at: [at], min: [1], mean: [2], max: [3], gaps: [], tier: 'samples' })],
    compared: [
      {
        ...fromHistory({ at: [at - 900, at + 200, at + 1000], min: [0, 4, 7], mean: [0, 5, 8], max: [0, 6, 9], gaps: [], tier: 'samples' }),
        original: [at - 900 - day - 3_600_000, at + 200 - day - 3_600_000, at + 1000 - day - 3_600_000],
      },
    ],
    bucketMs: 1000,
    from: at,
    to: at + 2000,
    clock: namedClock('Europe/Berlin'),
  })
  expect(csv.split('\r\n').slice(0, 3)).toEqual([
    'at,at_local,path.bitrateIn_min_bps,path.bitrateIn_mean_bps,path.bitrateIn_max_bps,path.bitrateIn_tier,compared_at,path.bitrateIn_compared_min_bps,path.bitrateIn_compared_mean_bps,path.bitrateIn_compared_max_bps',
    '2026-10-25T11:00:00.000Z,2026-10-25T12:00:00.000+01:00,1,2,3,samples,2026-10-24T10:00:00.200Z,4,5,6',
    '2026-10-25T11:00:01.000Z,2026-10-25T12:00:01.000+01:00,,,,,2026-10-24T10:00:01.000Z,7,8,9',
  ])
})
