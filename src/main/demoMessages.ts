import type { YamlHost, YamlServer } from '../engine/createEngine.ts'

/** What the demo fleet's process says to main. */
export interface FromDemo {
  /** Its media servers, all listening. */
  readonly servers: readonly YamlServer[]
  /** The machines under them. */
  readonly hosts: readonly YamlHost[]
}

/** Of the fleet, and of its past: the same ones each time. */
export const demoSeed = 'mtxdeck'
