import type { Host } from '../shared/hosts.ts'
import type { Probe } from '../shared/probes.ts'
import type { Server } from '../shared/servers.ts'
import type { Owner } from '../shared/subjectNames.ts'
import { OpenAlarms } from './alarms/openAlarms.ts'
import { verdictsBy } from './alarms/shownAlarms.ts'
import type { KnownRecordings } from './recordings/recordingReads.ts'
import { Members } from './watching/watchList.ts'

/** `changed`: settings or state of a server, or, where `owner` is null, what is planned for any of them. Hosts and probes are announced when they are removed. */
type FleetListener = (what: 'changed' | 'removed', owner: Owner | null) => void

/**
 * The fleet as it is now. It is created before all that polls or evaluates: what polls writes it and announces changes, what evaluates, shows and acts reads it,
 * so that neither has to know the other.
 */
export class FleetModel {
  readonly servers = new Members<Server>()
  /** Ids of servers and the hosts of their APIs, without what `servers` works out of each; null: it is paused. */
  readonly serverHosts = new Members<readonly [id: string, host: string] | null>()
  readonly hosts = new Members<Host>()
  readonly probes = new Members<Probe>()
  /** What they read, with their secrets: for finding the stream behind an address, never to be shown. */
  readonly probeAddresses = new Members<Pick<Probe, 'id' | 'url' | 'canary'>>()
  /** What servers have recorded, by server id. */
  readonly recordings: KnownRecordings = new Map()
  /** Written by alarms. */
  readonly openAlarms = new OpenAlarms()
  readonly verdicts = verdictsBy(this.openAlarms)
  readonly #listeners: FleetListener[] = []

  /** From now on the listener is called with each change, after those that were added before. */
  onChange(listener: FleetListener): void {
    this.#listeners.push(listener)
  }
  changed(owner: Owner | null): void {
    for (const listener of this.#listeners) listener('changed', owner)
  }
  removed(owner: Owner): void {
    for (const listener of this.#listeners) listener('removed', owner)
  }
}
