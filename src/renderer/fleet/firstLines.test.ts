import { describe, expect, it } from 'vitest'
import type { RangeInput, SeriesColumns, SumColumns, SumInput } from '../../shared/history.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { partOf } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { historyLength } from './bitrateRings.ts'
import { createFirstLines } from './firstLines.ts'
import { someChanges, someFacts, someFigures } from './fleetState.fixture.ts'
import { createFleetState } from './fleetState.ts'

const intervalMs = 2000
const openedAt = 1_000_000

/** One value a poll, each the number of the poll (its time in intervals), as far back as is asked for. */
function kept(from: number, to: number, valueOfPoll: (poll: number) => number): SeriesColumns {
  const at: number[] = []
  for (let time = Math.ceil(from / intervalMs) * intervalMs; time <= to; time += intervalMs) at.push(time)
  const mean = at.map((time) => valueOfPoll(time / intervalMs))
  return { at, min: mean, mean, max: mean, gaps: [], tier: 'samples' }
}
async function turns() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** A window that was opened just now, and what it asks history for. */
function open(valueAt: (series: Series, poll: number) => number = (_, poll) => poll) {
  const live = createFleetState()
  const asked: Pick<RangeInput, 'series' | 'from' | 'to'>[] = []
  let answer = () => {}
  const answering = new Promise<void>((resolve) => {
    answer = resolve
  })
  const lines = createFirstLines({
    live,
    ask: async (input) => {
      asked.push(input)
      await answering
      return input.series.map((series) => kept(input.from, input.to, (poll) => valueAt(series, poll)))
    },
    askSums: async () => [],
    onReady: () => {},
  })
  const receive = (at: number, bitrates: readonly (readonly [number, number])[]) => live.apply(someChanges({ at, figures: someFigures(at, bitrates) }))
  const lineOf = (slot: number) => {
    const into = new Float64Array(historyLength)
    return [...into.subarray(0, live.bitrates(slot, into))]
  }
  live.apply(someChanges({ reset: true, at: openedAt, servers: [someServer('a')], streams: [someFacts(0, 'x'), someFacts(1, 'y')] }))
  receive(openedAt, [
    [0, openedAt / intervalMs],
    [1, openedAt / intervalMs],
  ])
  return { live, lines, asked, receive, lineOf, answer: () => answer() }
}
const pollsUpTo = (last: number) => Array.from({ length: historyLength }, (_, place) => last - historyLength + 1 + place)

describe('the lines of a window that was opened just now', () => {
  it('begin with what history has, asked once for all streams that are drawn', async () => {
    const { lines, asked, lineOf, answer } = open()
    for (let painting = 0; painting < 3; painting++) for (const slot of [0, 1]) lines.want(slot)
    answer()
    await turns()
    lines.want(0)
    await turns()
    expect(asked.map(({ series }) => series.map(({ subject }) => partOf(subject)))).toEqual([['x', 'y']])
    expect(lineOf(0)).toEqual(pollsUpTo(openedAt / intervalMs))
  })

  it('have each poll once, also those that came while history was asked', async () => {
    const { lines, receive, lineOf, answer } = open()
    lines.want(0)
    await turns()
    for (const poll of [1, 2]) receive(openedAt + poll * intervalMs, [[0, openedAt / intervalMs + poll]])
    answer()
    await turns()
    expect(lineOf(0)).toEqual(pollsUpTo(openedAt / intervalMs + 2))
  })

  it('stay as they are where sixty polls came before history answered, and where the stream was replaced', async () => {
    const { live, lines, receive, lineOf, answer } = open()
    lines.want(0)
    lines.want(1)
    await turns()
    for (let poll = 1; poll <= 80; poll++) receive(openedAt + poll * intervalMs, [[0, 7]])
    live.apply(someChanges({ removedSlots: [1], streams: [someFacts(1, 'z')] }))
    answer()
    await turns()
    expect(lineOf(0)).toEqual(Array.from({ length: historyLength }, () => 7))
    expect(lineOf(1)).toEqual([])
  })

  it('end where the data of a server did that has been away since', async () => {
    const lastPoll = openedAt / intervalMs - 20
    const { live, lines, lineOf, answer } = open((_, poll) => (poll <= lastPoll ? poll : Number.NaN))
    live.apply(someChanges({ at: openedAt, reset: true, servers: [someServer('a')], streams: [someFacts(0, 'x', { state: 'unknown' })] }))
    live.apply(someChanges({ at: openedAt, figures: someFigures(lastPoll * intervalMs, [[0, null]]) }))
    live.look(openedAt)
    lines.want(0)
    answer()
    await turns()
    const known = lineOf(0).filter((value) => !Number.isNaN(value))
    // The last poll itself was received, as no longer known.
    expect(known.at(-1)).toBe(lastPoll - 1)
    expect(known.length).toBeGreaterThan(historyLength - 25)
  })

  /** The sums of a fleet, of which the engine answers so. */
  async function sumsOf(
    names: readonly string[],
    answer: (input: SumInput) => Pick<SumColumns, 'at' | 'mean'> & Partial<Pick<SumColumns, 'gaps' | 'lacking'>>,
  ) {
    const live = createFleetState()
    live.apply(someChanges({ reset: true, at: openedAt, servers: names.map((name) => someServer(name)) }))
    const asked: SumInput[] = []
    const askSums = async (input: SumInput) => {
      asked.push(input)
      return input.metrics.map((metric): SumColumns => {
        const { at, mean, gaps = [], lacking = [] } = answer({ ...input, metrics: [metric] })
        return { at, min: mean, mean, max: mean, gaps, lacking, tier: 'samples', last: null }
      })
    }
    await createFirstLines({ live, ask: async () => [], askSums, onReady: () => {} }).readSums()
    const line = live.sums('in')
    /** Values from one poll before the window was opened to another. */
    const polls = (from: number, to: number) => line.slice(line.length - 1 - from, line.length - 1 - to)
    return { live, asked, polls }
  }
  const ago = (polls: number) => openedAt - polls * intervalMs

  it('of the fleet are what the engine adds up, asked once for all servers, however many', async () => {
    const names = Array.from({ length: 200 }, (_, place) => `s${place}`)
    const { live, asked, polls } = await sumsOf(names, ({ metrics, from, to }) => kept(from, to, (poll) => (metrics[0] === 'server.bitrateIn' ? 2 * poll : 7)))
    expect(asked.map(({ metrics, subjects }) => [metrics.length, subjects.length])).toEqual([[3, 200]])
    expect(polls(59, 0)).toEqual(
      pollsUpTo(openedAt / intervalMs)
        .slice(0, -1)
        .map((poll) => 2 * poll),
    )
    expect(new Set(live.sums('readers').slice(0, -1))).toEqual(new Set([7]))
  })
  it('of the fleet go on between samples that are far apart, and break where none is known', async () => {
    const { polls } = await sumsOf(['a'], () => ({
      at: [ago(50), ago(32), ago(20)],
      mean: [7, 8, 9],
      gaps: [
        [ago(26), ago(20)],
        [ago(16), openedAt],
      ],
    }))
    expect(polls(50, 32)).toEqual(Array(18).fill(7))
    expect(polls(32, 26)).toEqual(Array(6).fill(8))
    expect(polls(26, 20)).toEqual(Array(6).fill(Number.NaN))
    expect(polls(20, 17)).toEqual(Array(3).fill(9))
    expect(polls(16, 0).every(Number.isNaN)).toBe(true)
  })
  it('of the fleet break where a server was missing for less than three polls, and go on without one that is away for longer', async () => {
    const { polls } = await sumsOf(['a', 'b'], ({ from, to }) => ({
      ...kept(from, to, (poll) => (poll >= ago(30) / intervalMs && poll < ago(20) / intervalMs ? 5 : 10)),
      lacking: [
        {
          part: 0,
          gaps: [
            [ago(40), ago(38)],
            [ago(30), ago(20)],
          ],
        },
      ],
    }))
    expect([41, 40, 39, 38, 31, 30, 21, 20].map((from) => polls(from, from - 1)[0])).toEqual([10, Number.NaN, Number.NaN, 10, 10, 5, 5, 10])
  })
})
