import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guideBands, guideScenarios, type Plan, planCosts, planMachine, planStart, readPlanText } from './planner.ts'

const one = { streams: 1, mbit: 5, readers: 0, transcoding: false, days: 0 }
const input = (change: Partial<typeof one> = {}) => ({ ...one, ...change })
const anyInput = fc.record({
  // Most machines are small; large numbers reach links and more machines.
  streams: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 10_000 })),
  mbit: fc.oneof(fc.double({ min: 0.001, max: 20, noNaN: true }), fc.double({ min: 0.001, max: 1_000, noNaN: true })),
  readers: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 10_000 })),
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
    const plan = planMachine(input({ streams, mbit: 0.001, transcoding: true }))
    expect(plan.gpu).toBe(gpu)
    expect(plan.machines).toBe(1)
    // Next to nothing is passed on here: it rounds up to one core more.
    expect([plan.cores.least - 1, plan.cores.most - 1]).toEqual([least, most])
    expect(plan.memoryBytes.least / 1e9).toBeCloseTo(leastGb, 0)
    expect(plan.memoryBytes.most / 1e9).toBeCloseTo(mostGb, 0)
  })

  it('goes by what was measured where streams are passed on', () => {
    const plan = planMachine(input({ streams: 100, readers: 2 }))
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
    expect(planMachine(input({ streams: 41, mbit: 0.001, transcoding: true })).cores).toMatchObject({ least: 24 + 4 + 1, most: 32 + 4 + 1 })
    expect(planMachine(input({ streams: 10, readers: 10_000 })).machines).toBeGreaterThan(5)
  })

  it('lays the guide’s four scenarios side by side', () => {
    const plans = guideScenarios.map((streams) => planMachine(input({ streams, mbit: 0.001, transcoding: true })))
    expect(plans.map(({ machines, cores, gpu, gpus }) => [machines, cores.most - 1, gpu, gpus])).toEqual([
      [1, 12, 'none', 0],
      [1, 20, 'recommended', 1],
      [1, 32, 'needed', 1],
      [2, 64, 'needed', 2],
    ])
  })

  it('counts storage, and the costs of three years from the prices that are known', () => {
    const plan = planMachine(input({ streams: 20, mbit: 4, days: 30, transcoding: true }))
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
    const relay = input({ readers: 500_000, mbit: 10 })
    needsNoLess(planMachine(relay), planMachine({ ...relay, transcoding: true }))
  })

  it('never needs less for more streams, bits or readers, or for encoding them', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom('streams', 'mbit', 'readers', 'days', 'transcoding'), fc.integer({ min: 1, max: 500 }), (one, what, more) =>
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
    ['4.5', 4.5],
    ['4,5', 4.5],
    [' ,5 ', 0.5],
    ['0,125', 0.125],
    ['1000', 1_000],
  ])('takes a bitrate of "%s" Mbit/s with a point or a comma', (mbit, taken) => {
    const { plan, wrong } = read({ mbit })
    expect(plan).toMatchObject({ streams: 20, mbit: taken, readers: 5, days: 30, transcoding: false, core: null })
    expect(wrong.size).toBe(0)
  })

  it('takes prices only where they are typed', () => {
    expect(read({ core: '1500', kilowattHour: '0,31' }).plan).toMatchObject({ core: 1_500, watts: null, gpu: null, terabyte: null, kilowattHour: 0.31 })
  })

  it.each([
    [{ streams: '' }, { streams: 'streams' }],
    [{ streams: '2.5' }, { streams: 'streams' }],
    [{ streams: '-1' }, { streams: 'streams' }],
    [{ streams: '1e3' }, { streams: 'streams' }],
    [{ streams: '1,000' }, { streams: 'ambiguous' }],
    [{ mbit: 'fast' }, { mbit: 'mbit' }],
    [{ mbit: '0' }, { mbit: 'mbit' }],
    [{ mbit: '4,500' }, { mbit: 'ambiguous' }],
    [{ mbit: '4.500' }, { mbit: 'ambiguous' }],
    [{ readers: '' }, { readers: 'readers' }],
    [{ readers: '-1' }, { readers: 'readers' }],
    [{ days: '-1' }, { days: 'days' }],
    [
      { watts: 'few', gpu: '-5' },
      { watts: 'price', gpu: 'price' },
    ],
    [{ streams: '10000', readers: '200' }, { readers: 'readers' }],
    [
      { streams: '', readers: '' },
      { streams: 'streams', readers: 'readers' },
    ],
  ] as const)('names the field that is wrong of %j, and makes no plan', (change, wrong) => {
    const found = read(change)
    expect([found.plan, Object.fromEntries(found.wrong)]).toEqual([null, wrong])
  })
})
