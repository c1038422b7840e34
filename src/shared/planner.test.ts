import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guideBands, guideScenarios, type Plan, type PlanInput, planCosts, planInputSchema, planMachine, planStart, readPlanText } from './planner.ts'

const input = (change: Partial<PlanInput> = {}): PlanInput => ({ streams: 1, bitrateBps: 5e6, readers: 0, transcoding: false, days: 0, ...change })
const anyInput = fc.record({
  // Most machines are small; large numbers reach links and more machines.
  streams: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 10_000 })),
  bitrateBps: fc.oneof(fc.integer({ min: 1_000, max: 20_000_000 }), fc.integer({ min: 1_000, max: 1_000_000_000 })),
  readers: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 1_000_000 })),
  transcoding: fc.boolean(),
  days: fc.integer({ min: 0, max: 3_000 }),
})
/** Each figure as a range. */
const figures = ({ cores, memoryBytes, receivedBps, sentBps, linkBps, machines, storageBytes, gpus }: Plan) => [
  cores,
  memoryBytes,
  ...[receivedBps, sentBps, linkBps, machines, storageBytes, gpus].map((value) => ({ least: value, most: value })),
]

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
    expect(plan.gpu).toBe(gpu)
    expect(plan.machines).toBe(1)
    // Next to nothing is passed on here: it rounds up to one core more.
    expect([plan.cores.least - 1, plan.cores.most - 1]).toEqual([least, most])
    expect(plan.memoryBytes.least / 1e9).toBeCloseTo(leastGb, 0)
    expect(plan.memoryBytes.most / 1e9).toBeCloseTo(mostGb, 0)
  })

  it('goes by what was measured where streams are passed on', () => {
    const plan = planMachine(input({ streams: 100, bitrateBps: 5e6, readers: 200 }))
    expect(plan.receivedBps).toBeCloseTo(550e6)
    expect(plan.sentBps).toBeCloseTo(1100e6)
    // (0.00136 × 550 + 0.00079 × 1100) / 0.7 = 2.31; with 0.0029: 5.63
    expect(plan.cores).toMatchObject({ least: 3, most: 6 })
    expect(plan.linkBps).toBe(2.5e9)
    expect(plan.gpu).toBe('none')
  })

  it('spreads what no single machine should carry', () => {
    expect(planMachine(input({ streams: 41, transcoding: true })).machines).toBe(2)
    // One machine full with 40 streams, and one with a single stream; next to nothing to pass on.
    expect(planMachine(input({ streams: 41, bitrateBps: 1_000, transcoding: true })).cores).toMatchObject({ least: 24 + 4 + 1, most: 32 + 4 + 1 })
    expect(planMachine(input({ streams: 10, readers: 100_000 })).machines).toBeGreaterThan(5)
  })

  it('lays the guide’s four scenarios side by side, with what a GPU changes where its figures do not suppose one', () => {
    const plans = guideScenarios.map((streams) => planMachine(input({ streams, bitrateBps: 1_000, transcoding: true })))
    expect(plans.map(({ machines, cores, gpu, gpus, withGpus }) => [machines, cores.most - 1, gpu, gpus, withGpus])).toEqual([
      // 30 to 50 % of 8 to 12 cores, and one to pass on; two to three times the streams.
      [1, 12, 'none', 0, { cores: { least: 3, most: 7 }, streams: { least: 20, most: 30 } }],
      [1, 20, 'recommended', 1, { cores: { least: 5, most: 11 }, streams: { least: 40, most: 60 } }],
      [1, 32, 'needed', 1, null],
      [2, 64, 'needed', 2, null],
    ])
    // Its power has no figure of its own, and what is only passed on takes no GPU.
    expect(planMachine(input({ streams: 40 })).withGpus).toBeNull()
  })

  it('counts storage, and the costs of three years from the prices that are known', () => {
    const plan = planMachine(input({ streams: 20, bitrateBps: 4e6, days: 30, transcoding: true }))
    expect(plan.storageBytes).toBe(25.92e12)
    expect(plan.cores.most).toBe(21)
    const prices = { core: 100, gpu: 1_500, terabyte: 20, watts: 10, kilowattHour: 0.25 }
    const costs = planCosts(plan, prices)
    expect(costs).toMatchObject({ machines: 2_100, gpus: 1_500 })
    expect(costs.storage).toBeCloseTo(518.4)
    // 210 W for 26,298 hours.
    expect(costs.power).toBeCloseTo(1_380.645)
    expect(costs.total).toBeCloseTo(5_499.045)
    expect(planCosts(plan, { ...prices, watts: null })).toMatchObject({ power: null, total: null })
    // Nothing of it is bought, so its price is not missed.
    expect(planCosts(planMachine(input({ streams: 20 })), { ...prices, gpu: null, terabyte: null })).toMatchObject({
      gpus: 0,
      storage: 0,
      total: expect.any(Number),
    })
  })

  const needsNoLess = (before: Plan, after: Plan) => {
    for (const key of ['receivedBps', 'sentBps', 'machines', 'storageBytes', 'gpus'] as const) expect(after[key], key).toBeGreaterThanOrEqual(before[key])
    for (const key of ['cores', 'memoryBytes'] as const) {
      expect(after[key].least, `${key} least`).toBeGreaterThanOrEqual(before[key].least)
      expect(after[key].most, `${key} most`).toBeGreaterThanOrEqual(before[key].most)
    }
    const advice = ['none', 'consider', 'recommended', 'needed']
    expect(advice.indexOf(after.gpu), 'gpu').toBeGreaterThanOrEqual(advice.indexOf(before.gpu))
  }

  it('needs no less for 121 encoded streams on four machines than for 115 on three', () => {
    needsNoLess(planMachine(input({ streams: 115, transcoding: true })), planMachine(input({ streams: 121, transcoding: true })))
  })

  it('needs no less with encoding than without it, where readers alone make it many machines', () => {
    const relay = input({ readers: 500_000, bitrateBps: 1e7 })
    needsNoLess(planMachine(relay), planMachine({ ...relay, transcoding: true }))
  })

  it('never needs less for more streams, bits or readers, or for encoding them', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom('streams', 'bitrateBps', 'readers', 'days', 'transcoding'), fc.integer({ min: 1, max: 500 }), (one, what, more) =>
        needsNoLess(planMachine(one), planMachine({ ...one, [what]: what === 'transcoding' ? true : one[what] + more })),
      ),
      { numRuns: 3_000 },
    )
  })

  it('never needs less for one encoded stream more, at each number of streams up to 400', () => {
    for (let streams = 1; streams < 400; streams++)
      needsNoLess(planMachine(input({ streams, transcoding: true })), planMachine(input({ streams: streams + 1, transcoding: true })))
  })

  it('gives no figure that is not finite or upside down', () => {
    fc.assert(
      fc.property(anyInput, (one) => {
        expect(planInputSchema.safeParse(one).success).toBe(true)
        const plan = planMachine(one)
        for (const figure of figures(plan)) {
          expect(Number.isFinite(figure.least) && figure.least >= 0).toBe(true)
          expect(figure.most).toBeGreaterThanOrEqual(figure.least)
        }
        expect(plan.cores.least).toBeGreaterThanOrEqual(1)
        // The link carries one machine's share.
        expect(Math.max(plan.receivedBps, plan.sentBps) / plan.machines).toBeLessThanOrEqual(plan.linkBps)
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

describe('what is typed for a plan', () => {
  const read = (change: Partial<typeof planStart>) => readPlanText({ ...planStart, ...change })

  it.each([
    ['4.5', 4_500_000],
    ['4,5', 4_500_000],
    [' ,5 ', 500_000],
    ['0,125', 125_000],
    ['4.500', 4_500_000],
    ['1000', 1e9],
    ['1 000', 1e9],
  ])('takes a bitrate of "%s" Mbit/s with a point or a comma', (mbit, bitrateBps) => {
    expect(read({ mbit })).toMatchObject({ plan: { input: { streams: 20, bitrateBps, readers: 100, days: 30, transcoding: false } }, wrong: {} })
  })

  it.each(['1000', '1,000', '1.000', '1 000', "1'000", '1\u202f000'])('counts "%s" streams as a thousand, never as one', (streams) => {
    expect(read({ streams, readers: '1' }).plan?.input).toMatchObject({ streams: 1000, readers: 1000 })
  })

  it('counts readers of each stream over all, and prices only where they are typed', () => {
    expect(read({ streams: '8', readers: '4,5' }).plan?.input.readers).toBe(36)
    expect(read({ core: '1,500', kilowattHour: '0,31' }).plan?.prices).toEqual({ core: 1_500, watts: null, gpu: null, terabyte: null, kilowattHour: 0.31 })
  })

  it.each([
    [{ streams: '' }, ['streams']],
    [{ streams: '2.5' }, ['streams']],
    [{ streams: '4,5' }, ['streams']],
    [{ streams: '-1' }, ['streams']],
    [{ streams: '1e3' }, ['streams']],
    [{ mbit: 'fast' }, ['mbit']],
    [{ mbit: '0' }, ['mbit']],
    [{ mbit: '4,500' }, ['mbit']],
    [{ readers: '' }, ['readers']],
    [{ readers: '-1' }, ['readers']],
    [{ days: '-1' }, ['days']],
    [{ days: '' }, ['days']],
    [{ watts: 'few', gpu: '-5' }, ['watts', 'gpu']],
    [{ streams: '10000', readers: '200' }, ['readers']],
    [{ streams: '', readers: '' }, ['streams', 'readers']],
  ] as const)('names the field that is wrong of %j, and makes no plan', (change, wrong) => {
    const found = read(change)
    expect([found.plan, Object.keys(found.wrong)]).toEqual([null, wrong])
  })
})
