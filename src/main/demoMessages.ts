import type { YamlHost, YamlProbe } from '../engine/createEngine.ts'
import type { YamlServer } from '../engine/engineOptions.ts'

/** Message of the demo fleet's process to main. */
export interface FromDemo {
  /** Its media servers, all listening. */
  readonly servers: readonly YamlServer[]
  /** The hosts on which the servers run. */
  readonly hosts: readonly YamlHost[]
  readonly probes: readonly YamlProbe[]
}

/** Seed of the fleet and of its past, so that both are the same each time. */
export const demoSeed = 'mtxdeck'
