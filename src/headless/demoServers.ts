import type { Clock } from '../clock/clock.ts'
import type { YamlNamed, YamlServer } from '../engine/engineOptions.ts'
import { yaml } from '../engine/yaml.ts'
import { forkNode } from '../processes/forkNode.ts'
import { entryPoint } from '../shared/entryPoint.ts'
import { err, ok } from '../shared/result.ts'

/** Size of the fleet; null: the showcase, with every kind of stream and trouble. */
export interface DemoWish {
  readonly size: { readonly servers: number; readonly paths: number } | null
  /** Says on standard error what goes wrong on its servers. */
  readonly tells: boolean
}

/** What the fleet's process says to whoever started it. */
export type DemoReady = Pick<YamlNamed, 'servers' | 'hosts' | 'probes'>

const stopLimitMs = 2000
/** The same seed gives the same fleet and past each time. */
export const demoSeed = 'demo'

/** Starts the demo fleet in its own process: it encodes pictures with native code, which may crash without affecting us. */
export async function startDemoServers(clock: Clock, wish: DemoWish) {
  // A Ctrl-C of the terminal reaches all its processes; the fleet ends when we disconnect.
  const child = forkNode(entryPoint('./demoProcess.ts', import.meta.url), { args: [JSON.stringify({ ...wish, seed: demoSeed })], stderr: 'inherit' })
  const ready = await new Promise<DemoReady | null>((resolve) => {
    child.on('message', (message) => resolve(message as DemoReady))
    void child.ended.then(() => resolve(null))
  })
  if (!ready) return err(`The demo fleet ended before it was ready (${await child.ended}).`)
  return ok({
    ...ready,
    /** Resolves when the fleet's process has ended by itself. */
    ended: child.ended.then(() => {}),
    [Symbol.asyncDispose]: () => child.end(clock, stopLimitMs),
  })
}

/** Starts the showcase if the configuration asks for the demo fleet; otherwise there are no servers. */
export async function startWantedDemo(clock: Clock, wanted: boolean) {
  return wanted ? startDemoServers(clock, { size: null, tells: false }) : ok({ servers: [], hosts: [], probes: [], [Symbol.asyncDispose]: async () => {} })
}

/** The servers in the form of the configuration file, so that a console can watch them. */
export function serversToYaml(servers: readonly YamlServer[]): string {
  return yaml().stringify({
    servers: servers.map(({ name, url, auth, fingerprint, intervalSeconds, tags, addresses }) => ({
      name,
      url,
      ...(auth.kind === 'basic' ? { user: auth.user, password: auth.password ?? '' } : auth.kind === 'none' ? {} : { token: auth.token ?? '' }),
      ...(fingerprint === null ? {} : { fingerprint }),
      intervalSeconds,
      ...(tags.length > 0 ? { tags } : {}),
      ...(Object.keys(addresses).length > 0 ? { addresses } : {}),
    })),
  })
}
