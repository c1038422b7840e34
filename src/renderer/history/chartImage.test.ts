import { expect, it } from 'vitest'
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
it('exports lanes a row a bucket, unknown as nothing', () => {
  const lanes = streamLanes.slice(0, 2)
  const csv = chartCsv(
    lanes,
    [
      fromHistory({ at: [0, 2000], min: [1, 2], mean: [1, 2], max: [1, 2], gaps: [], tier: 'samples' }),
      fromHistory({ at: [300, 1000], min: [7, 0], mean: [7, 5], max: [7, 9], gaps: [], tier: 'samples' }),
    ],
    1000,
    0,
  )
  expect(csv.split('\r\n').slice(1, 4)).toEqual([
    '1970-01-01T00:00:00.000Z,1,1,1,7,7,7',
    '1970-01-01T00:00:01.000Z,,,,0,5,9',
    '1970-01-01T00:00:02.000Z,2,2,2,,,',
  ])
  expect(csv).toMatch(/^at,path\.bitrateIn_min_bps,/)
})
