import { expect, test } from 'vitest'
import { createDemoRandom, createFlow, Meter } from './demoFlow.ts'

test('a counter goes on from where it is when another flow drives it, and never falls', () => {
  const random = createDemoRandom('flows')
  const flows = [createFlow(random, 144_000), createFlow(random, 9_000_000)] as const
  const meter = new Meter(flows[0], 1_000)
  let last = 0
  for (let t = 1_000; t < 61_000; t += 500) {
    if (t % 10_000 === 0) meter.run(t, 1, flows[(t / 10_000) % 2 === 0 ? 0 : 1])
    const value = meter.read(t)
    expect(value).toBeGreaterThanOrEqual(last)
    // Half a second of the fastest flow, wavering included.
    expect(value - last).toBeLessThanOrEqual(700_000)
    last = value
  }
})
