import { expect, test } from 'vitest'
import { problemText } from '../i18n/validationErrorText.ts'
import type { RangeInput, SeriesColumns } from '../shared/history.ts'
import { type ExportInput, exportSeries, findServer, readExportInput } from './exportSeries.ts'

const now = Date.UTC(2026, 10, 14, 3, 12, 40, 500)
const read = (given: Record<string, string | readonly string[]>) =>
  readExportInput(Object.fromEntries(Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? [value] : value])), now)
function good(given: Record<string, string | readonly string[]>): ExportInput {
  const input = read({ server: 'berlin', metric: 'server.readers', ...given })
  if (!input.ok) throw new Error(JSON.stringify(input.error))
  return input.value
}
function problems(given: Record<string, string | readonly string[]>) {
  const input = read({ server: 'berlin', metric: 'server.readers', ...given })
  return input.ok ? [] : input.error.map((problem) => problemText(problem, 'en'))
}
const iso = ({ from, to }: ExportInput) => [new Date(from).toISOString(), new Date(to).toISOString()]

test('the last day in minutes is what is meant where nothing else is said, on whole steps', () => {
  const input = good({})
  expect(input).toMatchObject({ stepMs: 60_000, reduce: 'mean', format: 'json', series: [{ path: null, metric: 'server.readers' }] })
  expect(iso(input)).toEqual(['2026-11-13T03:12:00.000Z', '2026-11-14T03:13:00.000Z'])
})

test.each([
  ['2026-11-14', '2026-11-14T03:00', ['2026-11-14T00:00:00.000Z', '2026-11-14T03:00:00.000Z']],
  ['2026-11-14T01:00:00+01:00', '2026-11-14 01:30:30Z', ['2026-11-14T00:00:00.000Z', '2026-11-14T01:31:00.000Z']],
  ['1794614400000', 'now', ['2026-11-14T00:00:00.000Z', '2026-11-14T03:13:00.000Z']],
  ['-90m', '-1h', ['2026-11-14T01:42:00.000Z', '2026-11-14T02:13:00.000Z']],
])('from %s to %s', (from, to, expected) => expect(iso(good({ from, to }))).toEqual(expected))

test('a time before 1970 is none, also where it is said as one before now', () => {
  expect(problems({ from: '-999999999w' })).toEqual([expect.stringContaining('from')])
})

test('figures of streams are those of each path, figures of the server stand once', () => {
  expect(good({ path: ['a', 'b/c'], metric: ['path.rtt', 'server.readers'] }).series).toEqual([
    { path: 'a', metric: 'path.rtt' },
    { path: 'b/c', metric: 'path.rtt' },
    { path: null, metric: 'server.readers' },
  ])
})

test('figures of a host stand once, those of its parts once each', () => {
  expect(good({ path: ['disk:/', 'net:eth0'], metric: ['device.used', 'host.cpu'] }).series).toEqual([
    { path: 'disk:/', metric: 'device.used' },
    { path: 'net:eth0', metric: 'device.used' },
    { path: null, metric: 'host.cpu' },
  ])
  expect(findServer('host-abcd1234', [])).toEqual({ ok: true, value: { id: 'host-abcd1234', name: 'host-abcd1234' } })
  expect(findServer('FAR', [{ id: 'host-abcd1234', name: 'far' }])).toMatchObject({ ok: true, value: { id: 'host-abcd1234' } })
})

test.each([
  [{ server: '' }, /^server: "server" is missing/],
  [{ metric: [] }, /^metric: expected a value such as path\.bitrateIn/],
  [{ metric: 'path.bitratIn' }, /^metric: there is no "path\.bitratIn"; did you mean path\.bitrateIn\?/],
  [{ metric: 'path.rtt' }, /^path: "path" is missing/],
  [{ metric: 'device.used' }, /^path: expected a value such as disk:\/, net:eth0, gpu:0/],
  [{ path: 'a' }, /^path: does not belong here: leave it out/],
  [{ metric: ['server.readers', 'server.readers'] }, /^path, metric: “path, metric” is given twice/],
  [{ from: 'yesterday' }, /^from: expected a value such as 2026-/],
  [{ from: '2026-13-01' }, /^from: expected a value such as 2026-/],
  [{ to: '-25h' }, /^to: the end is before the beginning/],
  [{ step: '0' }, /^step: expected a value such as 60, 15m, 2h, 1d/],
  [{ step: '999999999w' }, /^step: expected a value such as 60, 15m, 2h, 1d/],
  [{ step: '1month' }, /^step: expected a value such as 60, 15m, 2h, 1d/],
  [{ from: '-52w', step: '1' }, /^step: 31,449,6\d\d values requested; at most 2,000,000 at once: choose a longer step/],
  [{ reduce: 'median' }, /^reduce: expected one of mean, min, max, sum, count, first, last$/],
  [{ format: 'xml' }, /^format: expected one of json, csv/],
  [{ form: '-1h' }, /^form: unknown key; did you mean from\?/],
  [{ step: ['1', '2'] }, /^step: “step” is given twice/],
  [{ path: Array.from({ length: 65 }, (_, i) => `p${i}`), metric: 'path.rtt' }, /^path, metric: at most 64$/],
] as const)('%j is refused in words', (given, words) => expect(problems(given).join('\n')).toMatch(words))

test('all that is wrong is named at once', () => expect(problems({ step: 'x', reduce: 'y', from: 'z' })).toHaveLength(3))

/** Answers as the history would: one bucket a step where `known` says there is something. */
function source(known: (at: number) => number | null, tier: SeriesColumns['tier'] = 'samples') {
  const asked: RangeInput[] = []
  return {
    asked,
    range: async (input: RangeInput): Promise<SeriesColumns[]> => {
      asked.push(input)
      const width = Math.ceil((input.to - input.from) / (input.points - 1))
      return input.series.map(() => {
        const at = Array.from({ length: input.points - 1 }, (_, i) => input.from + i * width).filter((time) => known(time) !== null)
        const values = at.map((time) => known(time) as number)
        return {
          at: at.map((time) => time + 700),
          min: values,
          mean: values,
          max: values,
          gaps: [],
          tier,
          count: at.map(() => 30),
          sum: values,
          first: values,
          last: values,
        }
      })
    },
  }
}
async function whole(pieces: AsyncIterable<string>) {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}
const berlin = { id: 'b1', name: 'berlin' }

test('CSV has a row a step, and an empty cell where nothing is known', async () => {
  const input = good({ from: '2026-11-14T00:00', to: '2026-11-14T00:03', format: 'csv', path: ['=x'], metric: ['path.rtt', 'server.readers'] })
  const text = await whole(
    exportSeries(
      source((at) => (at % 120_000 === 0 ? 0.1 + 0.2 : null)),
      berlin,
      input,
    ),
  )
  expect(text.split('\r\n')).toEqual([
    "time,'=x path.rtt,server.readers",
    '2026-11-14T00:00:00.000Z,0.3,0.3',
    '2026-11-14T00:01:00.000Z,,',
    '2026-11-14T00:02:00.000Z,0.3,0.3',
    '',
  ])
})

test('JSON says what it is of, in which unit, and how coarse the figures were that it was made of', async () => {
  const input = good({ from: '2026-11-14T00:00', to: '2026-11-14T00:02', reduce: 'count' })
  expect(
    JSON.parse(
      await whole(
        exportSeries(
          source(() => 5, 'minutes'),
          berlin,
          input,
        ),
      ),
    ),
  ).toEqual({
    server: 'berlin',
    serverId: 'b1',
    from: '2026-11-14T00:00:00.000Z',
    to: '2026-11-14T00:02:00.000Z',
    stepSeconds: 60,
    reduce: 'count',
    series: [{ path: null, metric: 'server.readers', unit: 'count' }],
    rows: [
      ['2026-11-14T00:00:00.000Z', 30],
      ['2026-11-14T00:01:00.000Z', 30],
    ],
    tiers: ['minutes'],
  })
})

test('long spans are asked in pieces that meet, each from the tier that makes up a step', async () => {
  const input = good({ from: '2026-11-01', to: '2026-11-14' })
  const from = source((at) => at / 60_000)
  const { rows } = JSON.parse(await whole(exportSeries(from, berlin, input))) as { rows: [string, number][] }
  expect(rows).toHaveLength(13 * 1440)
  expect(rows.every(([time, value], i) => Date.parse(time) === input.from + i * 60_000 && value === Date.parse(time) / 60_000)).toBe(true)
  expect(from.asked.length).toBeGreaterThan(3)
  for (const { points, tier } of from.asked) {
    expect(points).toBeLessThanOrEqual(5000)
    expect(tier).toBe('minutes')
  }
  const tierOf = async (step: string) => {
    const one = source(() => null)
    await whole(exportSeries(one, berlin, good({ from: '-4h', step })))
    return one.asked[0]?.tier
  }
  expect([await tierOf('10'), await tierOf('90'), await tierOf('5m'), await tierOf('15m'), await tierOf('2h'), await tierOf('3h')]).toEqual([
    'samples',
    'samples',
    'minutes',
    'quarterHours',
    'twoHours',
    'quarterHours',
  ])
})

test('a server is found by id and by name; a wrong one is told those that are there', () => {
  const servers = [berlin, { id: 'h2', name: 'Hamburg' }]
  expect([findServer('h2', servers), findServer('hamburg', servers)]).toMatchObject([
    { ok: true, value: { id: 'h2' } },
    { ok: true, value: { id: 'h2' } },
  ])
  const said = (name: string) => {
    const found = findServer(name, servers)
    return found.ok ? null : problemText(found.error, 'en')
  }
  expect(said('hamburgg')).toBe('server: there is no "hamburgg"; did you mean Hamburg?')
  expect(said('x')).toBe('server: there is no "x"; there are berlin, Hamburg')
  expect(findServer('0191d5a0-0000-4000-8000-000000000000', servers)).toMatchObject({ ok: true })
})
