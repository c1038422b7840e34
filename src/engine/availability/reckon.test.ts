import { describe, expect, test } from 'vitest'
import type { Span } from '../../shared/maintenance.ts'
import { altogether, reckon } from './reckon.ts'
import { type StateChange, withChanges } from './stateChanges.ts'
import { joined, type Piece, type PieceState, sinceFirst, withHolesFilled, withoutNetwork, withoutSlips } from './statePieces.ts'

const minuteMs = 60_000
/** One after the other, each so many minutes long. */
function piecesFrom(...parts: readonly (readonly [PieceState | null, number])[]): readonly Piece[] {
  let at = 0
  return parts.map(([of, minutes]) => {
    const from = at
    at += minutes * minuteMs
    return { from, to: at, state: of }
  })
}
const minutes = (from: number, to: number): Span => ({ from: from * minuteMs, to: to * minuteMs })
const nothingPlanned = { maintenance: [], onAir: null }
const brief = (pieces: readonly Piece[], planned: Parameters<typeof reckon>[1] = nothingPlanned) => {
  const { percent, upMs, downMs, unknownMs, maintenanceMs, outages, longestMs, repairMs, isDown } = reckon(pieces, planned)
  const ofMinutes = [upMs, downMs, unknownMs, maintenanceMs].map((ms) => ms / minuteMs)
  return {
    percent: percent && Math.round(percent * 100) / 100,
    minutes: ofMinutes,
    outages,
    longest: longestMs / minuteMs,
    repair: repairMs && repairMs / minuteMs,
    isDown,
  }
}

describe('how available something was', () => {
  test('is its time up by its time up and down, with its outages, the longest, and how long one took', () => {
    const pieces = piecesFrom(['up', 900], ['down', 30], ['up', 60], ['down', 10])
    expect(brief(pieces)).toEqual({ percent: 96, minutes: [960, 40, 0, 0], outages: 2, longest: 30, repair: 20, isDown: true })
  })
  test('is not known of what was never seen', () => {
    expect(brief(piecesFrom([null, 10], ['unknown', 10]))).toMatchObject({ percent: null, minutes: [0, 0, 20, 0], outages: 0, repair: null })
  })
  test('leaves out what is not known, and an outage that goes on behind it is one', () => {
    const pieces = piecesFrom(['up', 80], ['down', 5], [null, 60], ['down', 15], ['up', 0])
    expect(brief(pieces)).toMatchObject({ percent: 80, minutes: [80, 20, 60, 0], outages: 1, longest: 20 })
  })
  test('leaves out the time at which nobody expects it', () => {
    const pieces = piecesFrom(['up', 60], ['absent', 600], ['up', 40])
    expect(brief(pieces)).toMatchObject({ percent: 100, minutes: [100, 0, 0, 0], outages: 0 })
    expect(brief(piecesFrom(['down', 10], ['absent', 10], ['down', 10])).outages).toBe(2)
  })
  test('leaves out maintenance, and an outage only as far as it lies outside', () => {
    const pieces = piecesFrom(['up', 50], ['down', 30], ['up', 70])
    const maintenance = [minutes(60, 100), minutes(55, 70)]
    expect(brief(pieces, { ...nothingPlanned, maintenance })).toMatchObject({ minutes: [100, 5, 0, 45], outages: 1, longest: 5 })
    expect(brief(pieces, { ...nothingPlanned, maintenance: [minutes(0, 90)] })).toMatchObject({ percent: 100, minutes: [60, 0, 0, 90], outages: 0, longest: 0 })
  })
  test('counts what is planned to be on air within its times only', () => {
    const pieces = piecesFrom(['up', 60], ['down', 120], ['up', 60])
    expect(brief(pieces, { ...nothingPlanned, onAir: [minutes(30, 70)] })).toMatchObject({ percent: 75, minutes: [30, 10, 0, 0], outages: 1, isDown: false })
    expect(brief(pieces, { ...nothingPlanned, onAir: [] })).toMatchObject({ percent: null, minutes: [0, 0, 0, 0], outages: 0 })
  })
  test('altogether is that of all their time', () => {
    const rows = [piecesFrom(['up', 90], ['down', 10]), piecesFrom(['up', 300])].map((pieces) => reckon(pieces, nothingPlanned))
    expect(altogether(rows)).toMatchObject({ percent: 97.5, outages: 1, longestMs: 10 * minuteMs, repairMs: 10 * minuteMs })
    expect(altogether([])).toMatchObject({ percent: null, outages: 0, longestMs: 0, repairMs: null })
  })
})

describe('how something stood', () => {
  const kinds = (pieces: readonly Piece[]) => pieces.map(({ state: of, from, to }) => [of, (to - from) / minuteMs])
  test('goes on where nothing is known for a minute between two figures that are alike', () => {
    expect(kinds(joined(piecesFrom(['down', 5], [null, 1], ['down', 4])))).toEqual([['down', 10]])
    expect(kinds(joined(piecesFrom(['down', 5], [null, 2], ['down', 4])))).toEqual([
      ['down', 5],
      [null, 2],
      ['down', 4],
    ])
    expect(joined(piecesFrom(['up', 5], [null, 1], ['down', 4]))).toHaveLength(3)
  })
  test('counts from the first figure, and is unknown up to now after the last', () => {
    expect(kinds(sinceFirst(piecesFrom([null, 60], ['up', 10], [null, 5])))).toEqual([
      ['absent', 60],
      ['up', 10],
      [null, 5],
    ])
  })
  test('of a stream is unknown while its server does not answer, if it was expected then', () => {
    const server = piecesFrom(['up', 60], ['down', 30], ['up', 30])
    expect(kinds(withHolesFilled(piecesFrom(['up', 60], [null, 30], ['up', 30]), server))).toContainEqual(['unknown', 30])
    expect(kinds(withHolesFilled(piecesFrom(['absent', 60], [null, 30], ['up', 30]), server))).toContainEqual(['absent', 30])
  })
  test('of a stream is that it is not there where its server answers without it', () => {
    const server = piecesFrom(['up', 120])
    expect(kinds(withHolesFilled(piecesFrom([null, 60], ['up', 20], [null, 40]), server))).toEqual([
      ['absent', 60],
      ['up', 20],
      ['absent', 40],
    ])
  })
  test('changes when an event says that it did, which is before a poll sees it', () => {
    const changes: readonly StateChange[] = [
      { state: 'down', from: 59 * minuteMs, seenAt: 60 * minuteMs },
      { state: 'up', from: 69.5 * minuteMs, seenAt: 70 * minuteMs },
    ]
    const sampled = piecesFrom(['up', 60], ['down', 4], ['unknown', 1], ['down', 5], ['up', 30])
    expect(kinds(joined(withChanges(sampled, changes)))).toEqual([
      ['up', 59],
      ['down', 10.5],
      ['up', 30.5],
    ])
    const [, back] = changes
    const before: StateChange = { state: 'down', from: 59 * minuteMs, seenAt: 60 * minuteMs }
    expect(kinds(joined(withChanges(piecesFrom(['up', 60], ['down', 9], ['up', 1], ['up', 30]), back ? [before, back] : [])))).toEqual([
      ['up', 59],
      ['down', 10.5],
      ['up', 30.5],
    ])
    const mixed = { from: 60 * minuteMs, to: 80 * minuteMs, pieces: piecesFrom([null, 60], ['down', 5], ['up', 15]).slice(1) }
    expect(kinds(joined(withChanges([...piecesFrom(['up', 60]), mixed], changes)))).toEqual([
      ['up', 59],
      ['down', 10.5],
      ['up', 10.5],
    ])
  })
  test('changes with the event of an answer that came late, not with its sample', () => {
    const late = 1 / 120
    const changes: readonly StateChange[] = [
      { state: 'down', from: 0, seenAt: minuteMs },
      { state: 'up', from: (10 + late) * minuteMs, seenAt: (10 + late) * minuteMs },
    ]
    expect(kinds(joined(withChanges(piecesFrom(['down', 10], ['up', 20]), changes)))).toEqual([
      ['down', 10 + late],
      ['up', 20 - late],
    ])
  })
  test('is what figures say where no event tells that an outage is over: a poll that is missed later is none', () => {
    const told: readonly StateChange[] = [{ state: 'down', from: 0, seenAt: 0 }]
    for (const since of ['up', 'absent'] as const)
      expect(kinds(withChanges(piecesFrom(['down', 10], [since, 60], [null, 0.1], [since, 10]), told))).toEqual([
        ['down', 10],
        [since, 60],
        [null, 0.1],
        [since, 10],
      ])
  })
  test('of a server is not known from shortly before this console found that it has no network', () => {
    const pieces = piecesFrom(['up', 60], ['down', 0.5], [null, 30], ['up', 60], ['down', 10])
    expect(kinds(withoutNetwork(pieces, [minutes(60.5, 90.5)]))).toEqual([
      ['up', 60],
      [null, 30.5],
      ['up', 60],
      ['down', 10],
    ])
  })
  test('of a server is that it is up where a poll or two were missed', () => {
    expect(kinds(withoutSlips(piecesFrom(['up', 60], ['down', 0.1], ['up', 60], ['down', 1]), 10_000))).toEqual([
      ['up', 120.1],
      ['down', 1],
    ])
  })
})
