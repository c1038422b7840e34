import { stat } from 'node:fs/promises'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host, HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import type { HostSecret } from './hostCredentials.ts'
import type { HostReader } from './hostReader.ts'
import type { HostSettings } from './hostRows.ts'
import type { SshRoute } from './sshConnection.ts'

/** A watched host: its settings, and what is known of it. Mutated in place; `Host` objects are made from it. */
export interface Watched {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  name: string
  settings: HostSettings
  /** Of the configuration file: the server's name. */
  serverName: string | null
  secret: HostSecret
  /** Why the stored secret can't be used, in words. */
  withheld: string | null
  state: HostState
  stateSince: number
  error: HostFailure | null
  failures: number
  /** When the failed readings in a row began: the first was asked for, and the last had failed. null: none did. */
  awayFrom: number | null
  awayTo: number
  /** That it cannot be read is an event; that it can again will be one. */
  downRecorded: boolean
  /** When the last reading was made, wall time; null: never. */
  goodAt: number | null
  way: Host['way']
  answerMs: number | null
  reading: HostReading | null
  media: MediaWatch
  /** Asked from here, where pprof has an address. */
  goroutines: { readonly count: number | null; readonly at: number } | null
  goroutinesAt: number
  /** When the last reading came, monotonic ms. */
  readAt: number
  forecastAt: number
  fullAt: ReadonlyMap<string, number>
  describeAt: number
  describedHash: string
  reader: HostReader | null
  /** What the files that it can wait for were when it was started; null: there are none. */
  files: Promise<{ readonly [K in WaitedFiles]: string }> | null
  stop: AbortController
}
/** The media server's process, as it was seen. */
export interface MediaWatch {
  shown: MediaProcess | null
  /** It ended, and none came in its place. `recorded`: that is an event already. */
  ended: { readonly process: MediaProcess; recorded: boolean } | null
  restarts: number
}
export const newMediaWatch = (): MediaWatch => ({ shown: null, ended: null, restarts: 0 })

/** Files of a host whose content decides whether it lets us in. */
export type WaitedFiles = 'knownHosts' | 'key'
export const waitedFilesOf = (route: SshRoute): { readonly [K in WaitedFiles]: readonly string[] } => ({
  knownHosts: route.knownHostsFiles,
  key: route.auth?.kind === 'key' && route.auth.keyFile !== null ? [route.auth.keyFile] : [],
})
async function marksOf(files: readonly string[]): Promise<string> {
  const mark = (file: string) =>
    stat(file, { bigint: true }).then(
      ({ ino, mtimeNs, ctimeNs, size }) => `${ino} ${mtimeNs} ${ctimeNs} ${size}`,
      () => '',
    )
  return (await Promise.all(files.map(mark))).join('\n')
}
export async function markFiles(route: SshRoute): Promise<{ readonly [K in WaitedFiles]: string }> {
  const { knownHosts, key } = waitedFilesOf(route)
  return { knownHosts: await marksOf(knownHosts), key: await marksOf(key) }
}
