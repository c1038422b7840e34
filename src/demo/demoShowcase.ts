import type { Clock } from '../clock/clock.ts'
import { createDemoFleet } from './demoFleet.ts'
import { showcasePast } from './demoPast.ts'

/** The same seed gives the same fleet and past each time. */
export const showcaseSeed = 'demo'

/** Opens the fleet that a console shows as its demo, in this process: every kind of stream and trouble, what is to be watched of it, and its past. */
export async function openShowcase(clock: Clock) {
  const fleet = await createDemoFleet({ clock, seed: showcaseSeed, preset: 'showcase', hosts: true })
  return {
    ...{ servers: fleet.yamlServers(), hosts: fleet.yamlHosts(), probes: fleet.yamlProbes() },
    firstPast: (to: number) => showcasePast(showcaseSeed, to),
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  }
}
