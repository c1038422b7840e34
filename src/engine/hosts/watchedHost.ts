import { stat } from 'node:fs/promises'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import type { HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import type { HostCollector } from './hostCollector.ts'
import type { HostSecret } from './hostCredentials.ts'
import type { HostSettings } from './hostRows.ts'
import type { SshRoute } from './sshConnection.ts'

/** A watched host: its settings and its state. Changed in place; `Host` objects are created from it. */
export interface Watched {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  name: string
  settings: HostSettings
  /** The server's name in the configuration file. */
  serverName: string | null
  secret: HostSecret
  /** Why the stored secret can't be used. */
  withheld: HostCause | null
  state: HostState
  stateSince: number
  error: HostFailure | null
  failures: number
  /** In the current run of failed readings: when the first was requested, and when the last had failed. null: none failed. */
  awayFrom: number | null
  awayTo: number
  /** The event that the host can't be read was recorded, so its return will make an event, too. */
  downRecorded: boolean
  /** When the last reading was made, wall time; null: never. */
  goodAt: number | null
  answerMs: number | null
  reading: HostReading | null
  /** By id of the server. */
  media: Map<string, MediaWatch>
  /** Ports on which media servers' processes have been seen to listen. */
  readonly listened: Set<number>
  /** Goroutines read from here, if pprof has an address. */
  goroutines: { readonly count: number | null; readonly at: number } | null
  goroutinesAt: number
  /** When the last reading came, monotonic ms. */
  readAt: number
  forecastAt: number
  fullAt: ReadonlyMap<string, number>
  describeAt: number
  describedHash: string
  collector: HostCollector | null
  /** Marks of the files that the host can wait for, taken when reading started; null: it has no such files. */
  files: Promise<{ readonly [K in WaitedFiles]: string }> | null
  stop: AbortController
}
/** The observed process of the media server. */
export interface MediaWatch {
  shown: MediaProcess | null
  /** The process that ended without a replacement. `recorded`: there is already an event. */
  ended: { readonly process: MediaProcess; recorded: boolean } | null
  restarts: number
}
export function newMediaWatch(): MediaWatch {
  return { shown: null, ended: null, restarts: 0 }
}

/** Files whose content decides whether we can sign in to a host. */
export type WaitedFiles = 'knownHosts' | 'key'
export function waitedFilesOf(route: SshRoute): { readonly [K in WaitedFiles]: readonly string[] } {
  return {
    knownHosts: route.knownHostsFiles,
    key: route.auth?.kind === 'key' && route.auth.keyFile !== null ? [route.auth.keyFile] : [],
  }
}
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
