import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Clock } from '../../clock/clock.ts'
import { type BundleInput, type BundleMade, type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { ServerConfiguration } from '../../shared/servers.ts'
import type { SeesCamera } from '../alarms/alarmSearch.ts'
import type { Alarms } from '../alarms/alarms.ts'
import { api, orElse } from '../api.ts'
import { createDownloads, downloadName } from '../downloads.ts'
import { type AddressHider, addressesToHide, createAddressHider } from '../hiddenAddresses.ts'
import type { PictureFile } from '../history/bundle/bundle.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Servers } from '../servers/servers.ts'
import type { SessionLog } from '../sessions/sessionLog.ts'

interface BundlesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly dataDir: string
  readonly signal: AbortSignal
  readonly history: Pick<History, 'bundle'>
  readonly servers: Pick<Servers, 'all' | 'configuration'>
  readonly alarms: Pick<Alarms, 'bundled'>
  readonly sessions: Pick<SessionLog, 'bundled'>
  /** Ids of the probes that belong to what is chosen. */
  readonly probeIds: (of: BundleInput['of']) => readonly string[]
  /** These probes, without secrets, as text. */
  readonly probes: (ids: readonly string[]) => string
  readonly pictures: (scope: BundleScope, signal: AbortSignal) => Promise<readonly PictureFile[]>
}

/** Exports parts of the past as bundle files. Each stays in the data folder for ten minutes, ready for download. */
export function createBundles(deps: BundlesDeps) {
  const { clock, log } = deps
  const downloads = createDownloads(clock, 'bundles', { type: 'application/x-mtxdeck', disposition: 'attachment' })
  const dir = join(deps.dataDir, 'bundles')
  // Leftovers of an earlier launch; their URLs are no longer valid.
  const cleared = rm(dir, { recursive: true, force: true })

  return {
    /** For whoever `sees` these cameras. null: nothing is kept of that time. Rejects if the disk can't store the file. */
    make: async (input: BundleInput, sees: SeesCamera | null, asked?: AbortSignal): Promise<BundleMade | null> => {
      await cleared
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const file = join(dir, `${randomUUID()}.mtxdeck`)
      const { from, to, of, note } = input
      const scope: BundleScope = { from, to, of, probes: deps.probeIds(of) }
      const choice = bundleChoiceOf(scope)
      const signal = asked === undefined ? deps.signal : AbortSignal.any([deps.signal, asked])
      const chosen = deps.servers.all().filter(({ id }) => choice.hasOwn(id))
      try {
        const servers = JSON.stringify(chosen)
        const hide = input.sessions === 'all' ? null : addressesToHide(servers)
        const hider = hide && createAddressHider(hide)
        const configurations: Record<string, ServerConfiguration> = {}
        // A configuration names all of its server's paths, so it is included only if all of them are.
        for (const { id } of chosen) {
          const one = choice.hasServer(id) ? deps.servers.configuration(id) : null
          if (one) configurations[id] = hider === null ? one : withoutAddresses(one, hider)
        }
        const more = {
          servers,
          configurations: JSON.stringify(configurations),
          alarms: await deps.alarms.bundled(scope, hider, sees, asked),
          probes: deps.probes(scope.probes),
          sessions: await deps.sessions.bundled(scope, hider, signal),
        }
        const pictures = input.pictures ? await deps.pictures(scope, signal) : []
        if (!(await deps.history.bundle({ ...scope, note, file, more, pictures, hide }))) return null
        const { size } = await stat(file)
        const made = downloads.publish({
          name: downloadName(input.from, 'mtxdeck'),
          bytes: size,
          body: () => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
          drop: () => rm(file, { force: true }),
        })
        log.info({ bytes: size }, 'a bundle was made')
        return made
      } catch (error) {
        await rm(file, { force: true })
        throw error
      }
    },
    fetch: downloads.fetch,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await cleared
      await downloads.clear()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
export type Bundles = ReturnType<typeof createBundles>

type Settings = Readonly<Record<string, unknown>>
/** Settings of paths, and of users, that name who publishes or reads by address; names of users are never in what is shown of a configuration. */
const namingSettings = ['publishIPs', 'readIPs', 'source', 'ips'] as const
/** A server's own addresses stay, and so do names of hosts. */
function withoutAddresses({ global, pathDefaults, paths, ...one }: ServerConfiguration, hider: AddressHider): ServerConfiguration {
  const hidden = (settings: Settings): Settings => ({
    ...settings,
    ...Object.fromEntries(namingSettings.flatMap((name) => (name in settings ? [[name, hider.value(settings[name])]] : []))),
  })
  const { authInternalUsers: users } = global
  const shown = Array.isArray(users) ? { ...global, authInternalUsers: users.map(hidden) } : global
  return { ...one, global: shown, pathDefaults: hidden(pathDefaults), paths: paths.map(hidden) }
}

export function bundlesRouter(bundles: Bundles, seesOf: (operator: Operator) => SeesCamera | null) {
  return {
    make: api.bundles.make.handler(async ({ input, context, errors, signal }) =>
      orElse(await bundles.make(input, seesOf(context.operator), signal), errors.NOTHING_KEPT),
    ),
  }
}
