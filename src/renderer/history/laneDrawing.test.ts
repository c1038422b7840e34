import { describe, expect, it } from 'vitest'
import type { Baseline } from '../../shared/baselines.ts'
import { fromHistory } from './joinSeries.ts'
import { drawLane, type LaneInput, type StackInput } from './laneDrawing.ts'
import { figureLane, serverLanes, streamLanes } from './lanes.ts'

const laneOf = (metric: string) => {
  const found = [...streamLanes, ...serverLanes].find((lane) => lane.metric === metric)
  if (!found) throw new Error(`no lane of ${metric}`)
  return found
}
const columns = (at: readonly number[], values: readonly number[], gaps: readonly [number, number][] = []) =>
  fromHistory({
    at: [...at],
    min: values.map((value) => value - 1),
    mean: [...values],
    max: values.map((value) => value + 1),
    gaps: [...gaps],
    tier: 'samples',
  })
const stack: StackInput = {
  window: { from: 0, to: 20_000, live: false },
  intervalMs: 2000,
  toleranceMs: 8000,
  unknown: null,
  unpublished: [],
}
const input = (metric: string, rest: Partial<LaneInput> = {}): LaneInput => ({
  lane: laneOf(metric),
  series: columns([0, 2000, 10_000, 18_000], [10, 20, 30, 40], [[4000, 10_000]]),
  bucketMs: 2000,
  budget: null,
  other: null,
  ...rest,
})

describe('drawLane', () => {
  it('shades a gap as unknown, and breaks the line there', () => {
    const { areas, points } = drawLane(input('path.bitrateIn'), stack)
    expect(areas).toEqual([{ kind: 'unknown', from: 4000, to: 10_000 }])
    expect(points.find(({ at }) => at === 4000)).toEqual({ at: 4000, mean: null, band: null })
  })
  it('has room for the limits that judge it, on both sides of 0 where it may be below', () => {
    const evaluated = (side: 'above' | 'beyond', limit: number) => ({ of: 'figure', side, severity: 'major', limit, clear: null }) as const
    const above = drawLane(input('path.bitrateIn', { evaluated: evaluated('above', 900) }), stack)
    expect(above.scale.top).toBeGreaterThanOrEqual(900)
    expect(above.scale.bottom).toBeUndefined()
    const lane = figureLane('server.clockSkew')
    const beyond = drawLane(input('path.bitrateIn', { lane, evaluated: evaluated('beyond', 5_000) }), stack)
    expect(beyond.scale).toEqual({ bottom: -beyond.scale.top, top: beyond.scale.top, ticks: [-beyond.scale.top, 0, beyond.scale.top] })
    expect(beyond.axis.labels).toEqual(['-6,000', '0', '6,000'])
  })
  it('draws levels down from full scale, and not as far above it', () => {
    const { scale, axis } = drawLane(input('path.bitrateIn', { lane: figureLane('probe.loudness'), series: columns([0, 2000], [-24, -22]) }), stack)
    expect(scale).toEqual({ bottom: -30, top: 0, ticks: [-30, -20, -10, 0] })
    expect(axis).toMatchObject({ labels: ['-30', '-20', '-10', '0'], unit: 'LUFS' })
  })
  it('tells a gap in which nobody published from one of which nothing is known', () => {
    const { areas } = drawLane(input('path.bitrateIn'), { ...stack, unknown: [[4000, 6000]] })
    expect(areas).toEqual([
      { kind: 'unknown', from: 4000, to: 6000 },
      { kind: 'absent', from: 6000, to: 10_000 },
    ])
  })
  it('draws nothing while nobody published, whatever was kept of it', () => {
    const { points, areas, absentNow } = drawLane(input('path.readers'), { ...stack, unknown: [], unpublished: [[9000, 20_000]] })
    expect(points.filter(({ mean }) => mean !== null).map(({ at }) => at)).toEqual([0, 2000])
    expect(areas).toEqual([{ kind: 'absent', from: 4000, to: 20_000 }])
    expect(absentNow).toBe(true)
  })
  it('marks when a sum lacks one of its parts, as far as it is looked at', () => {
    const series = { ...columns([0, 2000, 4000, 12_000, 18_000], [1, 1, 1, 1, 1]), lacking: [{ part: 1, gaps: [[-5000, 3000] as const] }] }
    expect(drawLane(input('server.bitrateIn', { series }), stack).areas).toEqual([{ kind: 'partly', from: 0, to: 3000 }])
  })
  it('breaks the line of a sum that lacks a part for less than three polls: a dip would look as if less had come in', () => {
    const lacking = [
      { part: 0, gaps: [[3500, 5000] as const] },
      { part: 1, gaps: [[4000, 5500] as const] },
    ]
    const series = { ...columns([0, 2000, 3499, 3500, 4000, 5000, 5500, 10_000, 18_000], [9, 9, 9, 6, 1, 5, 9, 9, 9]), lacking }
    const drawing = drawLane(input('server.bitrateIn', { series, other: series }), stack)
    for (const { points, gaps } of [drawing, drawing.other ?? drawing]) {
      expect(points.map(({ mean }) => mean)).toEqual([9, 9, 9, null, 9, 9, 9])
      expect(gaps).toEqual([[3500, 5500]])
    }
    expect(drawing.areas).toEqual([{ kind: 'unknown', from: 3500, to: 5500 }])
  })
  it('goes on with the others while a sum lacks a part at its end: it may be away for long', () => {
    const series = { ...columns([0, 2000, 10_000, 18_000], [9, 9, 9, 6]), lacking: [{ part: 0, gaps: [[18_000, 20_000] as const] }] }
    const { points, areas } = drawLane(input('server.bitrateIn', { series }), stack)
    expect(points.at(-1)?.mean).toBe(6)
    expect(areas).toEqual([{ kind: 'partly', from: 18_000, to: 20_000 }])
  })
  it('has a scale that holds the band, the other period and the limits', () => {
    const other = columns([0, 2000], [90, 95])
    const drawing = drawLane(input('path.rtt', { other, budget: 600 }), stack)
    expect(drawing.limits).toEqual({ soundTo: 150, lostFrom: 200 })
    expect(drawing.scale.top).toBeGreaterThanOrEqual(200)
    expect(drawLane(input('path.rtt', { other }), stack).scale.top).toBeGreaterThanOrEqual(95)
    expect(drawLane(input('path.rtt'), stack).scale.top).toBeGreaterThanOrEqual(41)
  })
  it('has what is usual by the hour as steps, with a break where the next hour is not known, and a scale that holds it', () => {
    const hour = 3_600_000
    const baseline: Baseline = {
      metric: 'path.bitrateIn',
      at: hour,
      since: 0,
      now: { weekday: 5, hour: 20, zone: 'UTC', range: null, weeks: 0, needed: 4, forgotten: null },
      hours: { at: [0, hour, 3 * hour, 9 * hour], low: [1, 2, 3, 4], high: [90, 91, 92, 993] },
    }
    const drawing = drawLane(input('path.bitrateIn', { baseline }), { ...stack, window: { from: hour / 2, to: 3.5 * hour, live: false } })
    expect(drawing.baseline).toEqual([
      { at: hour / 2, band: [1, 90] },
      { at: hour, band: [2, 91] },
      { at: 2 * hour, band: [2, 91] },
      { at: 2 * hour, band: null },
      { at: 3 * hour, band: [3, 92] },
      { at: 3.5 * hour, band: [3, 92] },
      { at: 3.5 * hour, band: null },
    ])
    expect(drawing.scale.top).toBeGreaterThanOrEqual(92)
    expect(drawing.scale.top).toBeLessThan(993)
  })
  it('shows increases by the minute', () => {
    expect(drawLane(input('path.packetsLost'), stack).points[0]?.mean).toBe(300)
  })
  it('bridges the pauses between the tries of an outage in reachability only', () => {
    const down = columns([0, 2000, 18_000], [0, 0, 0], [[4000, 18_000]])
    const series = { ...down, min: down.mean, max: down.mean }
    expect(drawLane(input('server.reachable', { series }), stack).areas).toEqual([])
    expect(drawLane(input('server.bitrateIn', { series }), stack).areas).toEqual([{ kind: 'unknown', from: 4000, to: 18_000 }])
  })
})
