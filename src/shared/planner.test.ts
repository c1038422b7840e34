import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guideBands, type Plan, type PlanInput, planInputSchema, planMachine, planSources } from './planner.ts'

const input = (change: Partial<PlanInput> = {}): PlanInput => ({ streams: 1, bitrateBps: 5e6, readers: 0, transcoding: false, ...change })
const anyInput = fc.record({
  streams: fc.integer({ min: 1, max: 2000 }),
  bitrateBps: fc.integer({ min: 1_000, max: 100_000_000 }),
  readers: fc.integer({ min: 0, max: 20_000 }),
  transcoding: fc.boolean(),
})
const figures = (plan: Plan) => [plan.cores, plan.memoryBytes, plan.receivedBps, plan.sentBps, plan.linkBps, plan.machines]

describe('the planner', () => {
  it.each([
    [1, 4, 4, 8, 16, 'none'],
    [4, 4, 4, 8, 16, 'none'],
    [5, 6, 8, 16, 24, 'none'],
    [9, 8, 12, 24, 32, 'none'],
    [13, 12, 16, 32, 48, 'consider'],
    [16, 12, 16, 32, 48, 'consider'],
    [17, 16, 20, 48, 64, 'recommended'],
    [25, 20, 24, 64, 96, 'needed'],
    [40, 24, 32, 96, 128, 'needed'],
  ] as const)('gives the guide’s figures for %d encoded streams, and what passing them on takes beside', (streams, least, most, leastGb, mostGb, gpu) => {
    const plan = planMachine(input({ streams, bitrateBps: 1_000, transcoding: true }))
    expect(plan.gpu.advice).toBe(gpu)
    expect(plan.machines.least).toBe(1)
    // Next to nothing is passed on here: it rounds up to one core more.
    expect([plan.cores.least - 1, plan.cores.most - 1]).toEqual([least, most])
    expect(plan.memoryBytes.least / 1e9).toBeCloseTo(leastGb, 0)
    expect(plan.memoryBytes.most / 1e9).toBeCloseTo(mostGb, 0)
  })

  it('goes by what was measured where streams are passed on', () => {
    const plan = planMachine(input({ streams: 100, bitrateBps: 5e6, readers: 200 }))
    expect(plan.receivedBps.least).toBeCloseTo(550e6)
    expect(plan.sentBps.least).toBeCloseTo(1100e6)
    // (0.00136 × 550 + 0.00079 × 1100) / 0.7 = 2.31; with 0.0029: 5.63
    expect(plan.cores).toMatchObject({ least: 3, most: 6, sources: ['measured'] })
    expect(plan.cores.formula).toContain('= 2.31 to 5.63')
    expect(plan.linkBps.least).toBe(2.5e9)
    expect(plan.gpu.advice).toBe('none')
  })

  it('spreads what no single machine should carry', () => {
    expect(planMachine(input({ streams: 41, transcoding: true })).machines.least).toBe(2)
    expect(planMachine(input({ streams: 41, transcoding: true })).cores.least).toBeGreaterThanOrEqual(32)
    expect(planMachine(input({ streams: 10, readers: 100_000 })).machines.least).toBeGreaterThan(5)
  })

  it('never needs less for more', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom('streams', 'bitrateBps', 'readers'), fc.integer({ min: 1, max: 500 }), (one, what, more) => {
        const before = planMachine(one)
        const after = planMachine({ ...one, [what]: one[what] + more })
        for (const key of ['cores', 'memoryBytes', 'receivedBps', 'sentBps', 'machines'] as const) {
          expect(after[key].least, `${key} least`).toBeGreaterThanOrEqual(before[key].least)
          expect(after[key].most, `${key} most`).toBeGreaterThanOrEqual(before[key].most)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives each figure a formula and a source, and no figure that is not finite or upside down', () => {
    fc.assert(
      fc.property(anyInput, (one) => {
        expect(planInputSchema.safeParse(one).success).toBe(true)
        const plan = planMachine(one)
        for (const figure of figures(plan)) {
          expect(Number.isFinite(figure.least) && figure.least >= 0).toBe(true)
          expect(figure.most).toBeGreaterThanOrEqual(figure.least)
          expect(figure.formula.length).toBeGreaterThan(10)
          for (const source of figure.sources) expect(planSources[source].length).toBeGreaterThan(10)
        }
        expect(plan.cores.least).toBeGreaterThanOrEqual(1)
        // The link carries one machine's share.
        expect(Math.max(plan.receivedBps.least, plan.sentBps.least) / plan.machines.least).toBeLessThanOrEqual(plan.linkBps.least)
        if (one.transcoding) expect(plan.cores.least).toBeGreaterThanOrEqual(planMachine({ ...one, transcoding: false }).cores.least)
      }),
      { numRuns: 500 },
    )
  })

  it('has bands of the guide that follow one another', () => {
    for (const [i, band] of guideBands.entries()) {
      const before = guideBands[i - 1]
      if (!before) continue
      expect(band.upTo).toBeGreaterThan(before.upTo)
      expect(band.cores[0]).toBeGreaterThanOrEqual(before.cores[0])
      expect(band.memoryGb[1]).toBeGreaterThanOrEqual(before.memoryGb[1])
    }
  })
})
