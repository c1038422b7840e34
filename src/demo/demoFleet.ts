import type { Clock } from '../clock/clock.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { VantageInput } from '../shared/vantages.ts'
import { createClips } from './demoClips.ts'
import { createDemoHosts, type DemoHostInput } from './demoHosts.ts'
import type { DemoServerOptions, MachineTrouble } from './demoOptions.ts'
import { demoProbes } from './demoProbes.ts'
import { type BenchShelf, createDemoServer, type DemoServer } from './demoServer.ts'
import { createDemoVantage } from './demoVantage.ts'
import { showcase } from './demoWorkloads.ts'

/** Size of a uniform fleet: number of servers, and of ordinary paths on each. */
export interface DemoSize {
  readonly servers: number
  readonly paths: number
  /** Cache responses as bytes, for load benchmarks; there is no HLS listener then. Default: if there are more than 20,000 paths in total. */
  readonly bench?: boolean
  /** Simulate a few recurring troubles. */
  readonly troubles?: boolean
  readonly intervalSeconds?: number
}

/** Media servers in this process that speak the MediaMTX API over real HTTP on 127.0.0.1. */
export interface DemoFleet {
  readonly servers: readonly DemoServer[]
  /** Returns the server with this name; throws if there is none. */
  readonly server: (name: string) => DemoServer
  /** Inputs for the engine, including secrets. */
  readonly yamlServers: () => readonly ServerInput[]
  /** The machines that the servers run on; empty unless `hosts` was set. */
  readonly yamlHosts: () => readonly DemoHostInput[]
  /** The probes of the showcase; other fleets have none. */
  readonly yamlProbes: () => ReturnType<typeof demoProbes>
  /** A console elsewhere that probes streams of the showcase. */
  readonly yamlVantages: () => readonly VantageInput[]
  /** Simulates a trouble of the machine that this server runs on; throws if there is none. */
  readonly troubleMachine: (serverName: string, what: MachineTrouble) => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const benchFrom = 20_000

function sized(size: DemoSize): readonly DemoServerOptions[] {
  const bench = size.bench ?? size.servers * size.paths > benchFrom
  return Array.from({ length: size.servers }, (_, index): DemoServerOptions => {
    const first = 'site-01/cam-0000'
    return {
      name: `demo-${String(index + 1).padStart(3, '0')}`,
      version: '1.20',
      paths: size.paths,
      upForMs: 86_400_000,
      bench,
      churnEveryMs: bench ? 0 : 4_000,
      ...(size.intervalSeconds === undefined ? {} : { intervalSeconds: size.intervalSeconds }),
      script: size.troubles
        ? index % 4 === 0
          ? [{ atMs: 30_000 + index * 500, trouble: { kind: 'restart', downMs: 5_000 }, everyMs: 300_000 }]
          : index % 4 === 1
            ? [{ atMs: 20_000 + index * 500, trouble: { kind: 'flap', path: first, times: 3 }, everyMs: 120_000 }]
            : index % 4 === 2
              ? [{ atMs: 10_000 + index * 500, trouble: { kind: 'srtLoss', forMs: 36_000 }, everyMs: 180_000 }]
              : [{ atMs: 25_000 + index * 500, trouble: { kind: 'stall', path: first, forMs: 8_000 }, everyMs: 90_000 }]
        : [],
    }
  })
}

/** Starts the fleet; the same seed produces the same fleet. Resolves when every server listens. */
export async function createDemoFleet(deps: {
  readonly clock: Clock
  readonly seed: string
  readonly servers?: readonly DemoServerOptions[]
  readonly preset?: 'showcase' | DemoSize
  /** Give each server a simulated machine that is accessible over SSH. */
  readonly hosts?: boolean
  readonly log?: (text: string) => void
}): Promise<DemoFleet> {
  const { clock, seed, log = () => {} } = deps
  await using stack = new AsyncDisposableStack()
  const clips = stack.use(createClips(log))
  const wanted = [...(deps.servers ?? []), ...(deps.preset === undefined ? [] : deps.preset === 'showcase' ? showcase(seed) : sized(deps.preset))]
  const benches: BenchShelf = new Map()
  const servers: DemoServer[] = []
  for (const options of wanted) servers.push(stack.use(await createDemoServer({ clock, seed, options, clips, benches, log })))
  const hosts = deps.hosts ? stack.use(await createDemoHosts(clock, servers)) : null
  const vantage = deps.preset === 'showcase' ? await createDemoVantage(clock, servers) : null
  if (vantage !== null) stack.use(vantage)
  const owned = stack.move()
  return {
    servers,
    server: (name) => {
      const found = servers.find((server) => server.name === name)
      if (!found) throw new Error(`the demo has no server ${name}`)
      return found
    },
    yamlServers: () => servers.map((server) => server.input),
    yamlHosts: () => hosts?.inputs ?? [],
    yamlProbes: () => demoProbes(servers),
    yamlVantages: () => (vantage === null ? [] : [vantage.input]),
    troubleMachine: (serverName, what) => {
      if (hosts === null) throw new Error('the demo has no machines')
      hosts.trouble(serverName, what)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
