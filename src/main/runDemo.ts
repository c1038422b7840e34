import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.ts'
import { demoSeed, type FromDemo } from './engineMessages.ts'

/** Runs the showcase of the demo fleet in this process, for as long as it lives. */
export async function runDemo(send: (message: FromDemo) => void): Promise<void> {
  const fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: demoSeed,
    preset: 'showcase',
    hosts: true,
    log: (text) => console.error(`demo: ${text}`),
  })
  send({ servers: fleet.yamlServers(), hosts: fleet.yamlHosts(), probes: fleet.yamlProbes() })
}
