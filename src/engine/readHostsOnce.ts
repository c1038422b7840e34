import { type Clock, sleep, timeLimit } from '../clock/clock.ts'
import { hostErrorText } from '../i18n/errorText.ts'
import type { HostFailure } from '../shared/errors.ts'
import { type HostReading, type OnceHost, onceHostSchema } from '../shared/hosts.ts'
import { redactText } from '../shared/redact.ts'
import type { Result } from '../shared/result.ts'
import { createRemoteHosts, type HostCollector } from './hosts/hostCollector.ts'
import { authSettingsOf, secretOfAuth, sshAuthOf } from './hosts/hostCredentials.ts'
import { hostError } from './hosts/hostErrors.ts'
import type { HostFigures } from './hosts/hostRates.ts'
import type { YamlHost } from './hosts/hosts.ts'
import { processOf, withMediaServer } from './hosts/hostsState.ts'
import { defaultKnownHostsFiles } from './hosts/knownHosts.ts'
import { createLocalHost } from './hosts/localHost.ts'
import { parseSshTarget } from './hosts/sshTarget.ts'

interface ReadHostsOnceOptions {
  readonly clock: Clock
  readonly hosts: readonly YamlHost[]
  /** Port of the API of the media server on a host; null: none is known to run there. Called after the host was read. */
  readonly apiPortOn: (host: YamlHost) => Promise<number | null>
  /** One reading instead of two: rates and percentages stay unknown. */
  readonly single: boolean
  readonly signal: AbortSignal
}

const betweenMs = 1_000
/** Limit for one host: waiting to connect, signing in and both readings. */
const hostLimitMs = 30_000

/** Reads every host twice, a second apart, without storing anything. Hosts are read in parallel: a dead one does not delay the others. */
export async function readHostsOnce({ clock, hosts, apiPortOn, single, signal }: ReadHostsOnceOptions): Promise<OnceHost[]> {
  const createRemote = createRemoteHosts(clock)
  const knownHostsFiles = defaultKnownHostsFiles()

  const readTwice = async (reader: HostCollector, limited: AbortSignal): Promise<Result<HostFigures, HostFailure>> => {
    const first = await reader.read(limited)
    if (!first.ok || single) return first
    await sleep(clock, betweenMs, limited)
    return await reader.read(limited)
  }

  const readOne = async (host: YamlHost): Promise<OnceHost> => {
    const target = host.ssh === null ? null : parseSshTarget(host.ssh)
    const reader =
      target === null
        ? createLocalHost(clock)
        : createRemote({
            target,
            jump: host.jump.flatMap((text) => parseSshTarget(text) ?? []),
            auth: sshAuthOf(authSettingsOf(host.auth), secretOfAuth(host.auth)),
            knownHostsFiles: [...(host.knownHostsFile === null ? [] : [host.knownHostsFile]), ...knownHostsFiles],
            accepted: () => [],
          })
    using limit = timeLimit(clock, hostLimitMs, signal)
    try {
      const read = await readTwice(reader, limit.signal)
      return read.ok
        ? reported(host.name, withMediaServer(read.value, processOf(read.value.mediaProcesses, await apiPortOn(host)), 0))
        : unread(host.name, redactText(hostErrorText(read.error, 'en')))
    } catch (error) {
      if (signal.aborted || !limit.signal.aborted) throw error
      const late = hostError('timeout', { target: host.ssh ?? host.name })
      return unread(host.name, hostErrorText(late, 'en'))
    } finally {
      reader.close()
    }
  }
  return await Promise.all(hosts.map(readOne))
}

const nothingKnown = Object.fromEntries(Object.keys(onceHostSchema.shape).map((key) => [key, null]))
const unread = (name: string, error: string): OnceHost => onceHostSchema.parse({ ...nothingKnown, name, reachable: false, error })

/** null for an empty list: the host has none, or reports none. */
const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list)

const reported = (name: string, reading: HostReading): OnceHost =>
  onceHostSchema.parse({
    ...{ ...reading, name, reachable: true, error: null },
    perCorePercent: orNull(reading.perCorePercent),
    disks: orNull(reading.disks),
    networks: orNull(reading.networks),
    temperaturesC: orNull(reading.temperaturesC.map(({ celsius }) => celsius)),
  })
