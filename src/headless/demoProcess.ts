// Entry of the demo fleet's process: starts the fleet that argument 1 wishes for, says where its servers are,
// and ends when whoever started it lets go.
import { createSystemClock } from '../clock/clock.ts'
import { createDemoFleet } from '../demo/demoFleet.ts'
import type { DemoReady, DemoWish } from './demoServers.ts'

const wish = JSON.parse(process.argv[2] ?? '{}') as DemoWish & { readonly seed: string }
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
const fleet = await createDemoFleet({
  clock: createSystemClock(),
  seed: wish.seed,
  preset: wish.size ?? 'showcase',
  hosts: wish.size === null,
  ...(wish.tells ? { log: (text: string) => console.error(`demo: ${text}`) } : {}),
})
process.on('disconnect', () => void fleet[Symbol.asyncDispose]().finally(() => process.exit(0)))
process.send?.({
  servers: fleet.yamlServers(),
  hosts: fleet.yamlHosts(),
  probes: fleet.yamlProbes(),
} satisfies DemoReady)
