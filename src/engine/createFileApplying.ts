import { problemText } from '../i18n/validationErrorText.ts'
import { newEvent, type OneFacts } from '../shared/events.ts'
import { hostSubject, probeSubject, serverSubject } from '../shared/subjectNames.ts'
import type { Problem } from '../shared/validationErrors.ts'
import type { Alerting } from './createAlerting.ts'
import type { Observing } from './createObserving.ts'
import type { Probing } from './createProbing.ts'
import type { DailyChecks } from './dailyChecks/dailyChecks.ts'
import type { YamlNamed } from './engineOptions.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { Servers } from './servers/servers.ts'
import type { YamlChange } from './watching/watchList.ts'
import type { Wiring } from './wiring.ts'

/** Wires the configuration file with all that it may name. */
export function createFileApplying(
  { ports, store }: Wiring,
  servers: Servers,
  hosts: Hosts,
  probing: Probing,
  alerting: Alerting,
  observing: Observing,
  dailyChecks: DailyChecks,
) {
  const { clock, log } = ports
  const { history } = store
  return {
    /** Applies a changed configuration file: starts watching servers and hosts it adds, stops watching those it no longer lists. */
    applyYaml: (file: string, named: YamlNamed): void => {
      servers.setYamlTrouble(null)
      const changes = { servers: servers.applyYaml(named.servers), hosts: hosts.applyYaml(named.hosts), probes: probing.applyFileProbes(named.probes) }
      probing.remoteProbes.applyYaml(named.vantages ?? [])
      probing.canaries.applyYaml(named.canaries ?? [])
      alerting.configure(named)
      const { alarms } = alerting
      for (const { id } of servers.all()) alarms.evaluate(serverSubject(id))
      for (const { id } of hosts.all()) alarms.evaluate(hostSubject(id))
      for (const { id } of probing.probes.all()) alarms.evaluate(probeSubject(id))
      observing.onAir.configure(named.onAir)
      dailyChecks.configure(named.dailyCheck ?? null)
      observing.naming.configure(named.naming ?? null)
      history.record([newEvent('configurationRead', clock.now(), yamlChangeFacts(file, changes))])
      log.info(changes, 'the configuration file was read again')
    },
    /** Reports that the changed configuration file is unusable, and why. The last good one stays in force. */
    refuseYaml: (file: string, problems: readonly Problem[]): void => {
      // A misspelled key is why another one is missing.
      const first = problems.find(({ validationError }) => validationError.kind === 'unknownKey') ?? problems[0]
      if (first === undefined) return
      const facts = { file, problems: problems.length, first }
      servers.setYamlTrouble({ kind: 'configurationRefused', facts })
      history.record([newEvent('configurationRefused', clock.now(), facts)])
      log.warn({ problems: problems.map((problem) => problemText(problem, 'en')) }, 'the configuration file was changed and cannot be used')
    },
  }
}

/** The most names in an event for each of added, changed and removed. */
const mostNames = 5

/** Facts for the event of a changed configuration file. */
function yamlChangeFacts(
  file: string,
  { servers, hosts, probes }: Readonly<Record<'servers' | 'hosts' | 'probes', YamlChange>>,
): OneFacts<'configurationRead'> {
  const all = (verb: keyof YamlChange) => [...servers[verb], ...hosts[verb], ...probes[verb]]
  const names = (verb: keyof YamlChange) => all(verb).slice(0, mostNames)
  const countOf = (verb: keyof YamlChange) => all(verb).length
  return {
    file,
    added: names('added'),
    changed: names('changed'),
    removed: names('removed'),
    counts: { added: countOf('added'), changed: countOf('changed'), removed: countOf('removed') },
  }
}
