import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createSrtLoss, updateSrtLoss } from './losses.ts'

type Counters = readonly [loss: number, retransmitted: number, dropped: number, belated: number]
const { runs } = JSON.parse(readFileSync(new URL('../../../tests/fixtures/recorded/srt-loss-runs.json', import.meta.url), 'utf8')) as {
  runs: readonly {
    readonly version: string
    readonly relay: string
    readonly latencyMs: number
    readonly missing: number
    readonly polls: readonly Counters[]
  }[]
}
const measured = runs.filter(({ version }) => version === '1.20.1').map((run) => [run.relay, run.missing, run] as const)

/** Estimates after each of these readings, a second apart or more. */
function follow(polls: readonly Counters[], latencyMs: number, secondsApart = 1): number[] {
  const loss = createSrtLoss(true)
  return polls.map(([packetsLoss, packetsRetransmitted, packetsDropped, packetsBelated], reading) => {
    const srt = {
      rttMs: 1,
      rateMbps: 1,
      linkCapacityMbps: 1,
      packetsLoss,
      packetsRetransmitted,
      packetsDropped,
      packetsBelated,
      packetsUndecryptable: 0,
      latencyMs,
      receiveBufferMs: null,
    }
    updateSrtLoss(loss, srt, reading * secondsApart * 1000)
    return loss.unrecovered
  })
}

test.each(measured)('a real 1.20.1, %s: of %i missing packets most are counted, and never one that came', (_relay, missing, { polls, latencyMs }) => {
  const estimates = follow(polls, latencyMs)
  for (const [at, estimate] of estimates.entries()) expect(estimate, `after ${at} s`).toBeLessThanOrEqual(missing)
  expect(estimates.at(-1)).toBeGreaterThanOrEqual(Math.floor(missing * 0.75))
})

test.each(measured)('a real 1.20.1, %s: read every 2, 4 or 8 s, of %i missing packets none is counted that came', (_relay, missing, { polls, latencyMs }) => {
  for (const apart of [2, 4, 8])
    for (let from = 0; from < apart; from++) {
      const read = polls.filter((_, second) => second % apart === from)
      for (const estimate of follow(read, latencyMs, apart)) expect(estimate, `every ${apart} s from ${from} s on`).toBeLessThanOrEqual(missing)
    }
})

test('a loss is seen while it goes on, and not only once it is over', () => {
  // 20 % lost on a real way of 40 ms with a latency of 120 ms, for 24 s: 26 packets are missing in the end.
  const run = measured.find(([relay]) => relay === '20 % lost each way, 40 ms one way')?.[2]
  const halfway = (apart: number) => follow(run?.polls.filter((_, second) => second % apart === 0) ?? [], run?.latencyMs ?? 0, apart)[12 / apart]
  expect([1, 2, 4].map((apart) => (halfway(apart) ?? 0) >= 3)).toEqual([true, true, true])
  // A steady loss of 53 packets/s, of which one in ten is never filled: known within 4 s and two readings, not after the end.
  for (const apart of [2, 8]) {
    const steady = Array.from({ length: 8 }, (_, n): Counters => {
      const seconds = n * apart
      return [53 * seconds, 55 * seconds, 7 * seconds, 8 * seconds]
    })
    const found = follow(steady, 120, apart)
    expect(found.findIndex((estimate) => estimate > 0)).toBeLessThanOrEqual(apart === 2 ? 3 : 2)
    expect(found.at(-1)).toBeLessThanOrEqual(5 * 7 * apart)
    expect(found.at(-1)).toBeGreaterThanOrEqual(0.6 * 5 * 7 * apart)
  }
})

test('a gap counts when its latency has passed, not while it may still be filled', () => {
  const polls: Counters[] = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    // Five are missing, and nothing was sent again yet.
    [5, 0, 0, 0],
    [5, 5, 0, 0],
    // Ten more, of which three come too late.
    [15, 5, 0, 0],
    [15, 15, 3, 3],
  ]
  expect(follow(polls, 120)).toEqual([0, 0, 0, 0, 0, 3])
})

test('what is never sent again is lost, also where nothing comes too late', () => {
  expect(
    follow(
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [40, 2, 0, 0],
        [40, 2, 0, 0],
      ],
      500,
    ),
  ).toEqual([0, 0, 0, 38])
})

test('with a latency beyond the interval a gap waits for as many readings', () => {
  expect(
    follow(
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [40, 0, 0, 0],
        [40, 0, 0, 0],
        [40, 0, 0, 0],
        [40, 0, 0, 0],
        [40, 0, 0, 0],
      ],
      3000,
    ).at(-3),
  ).toBe(0)
})

test('of a session that was there before, only what grows is new', () => {
  const loss = createSrtLoss(false)
  const read = (packetsLoss: number, packetsRetransmitted: number, at: number) => {
    const rest = {
      rttMs: 1,
      rateMbps: 1,
      linkCapacityMbps: 1,
      packetsDropped: 0,
      packetsBelated: 0,
      packetsUndecryptable: 0,
      latencyMs: 100,
      receiveBufferMs: null,
    }
    updateSrtLoss(loss, { ...rest, packetsLoss, packetsRetransmitted }, at)
    return loss.unrecovered
  }
  expect([read(100, 60, 0), read(100, 60, 1000), read(107, 62, 2000), read(107, 62, 3000)]).toEqual([40, 40, 40, 45])
})

test('a server that does not tell one of the counters gives no estimate', () => {
  const loss = createSrtLoss(true)
  for (const at of [0, 1000, 2000])
    updateSrtLoss(
      loss,
      {
        rttMs: 1,
        rateMbps: 1,
        linkCapacityMbps: 1,
        packetsLoss: null,
        packetsRetransmitted: 10,
        packetsDropped: 10,
        packetsBelated: null,
        packetsUndecryptable: 0,
        latencyMs: 100,
        receiveBufferMs: null,
      },
      at,
    )
  expect(loss.unrecovered).toBeNaN()
})
