// The demo fleet of a bench, in a process of its own so that its cost is not the engine's: prints its servers, ends with its parent.
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { createBenchFleet } from '../../src/demo/sharedLists.fixture.ts'

const [servers = '1', paths = '100', bench = 'bench'] = process.argv.slice(2)
const fleet = await (bench === 'bench' ? createBenchFleet : createDemoFleet)({
  clock: createSystemClock(),
  seed: 'bench',
  preset: { servers: Number(servers), paths: Number(paths), intervalSeconds: 2 },
})
process.send?.(fleet.yamlServers())
process.on('disconnect', () => process.exit(0))
