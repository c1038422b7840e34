import type { OneFacts } from '../../shared/events.ts'
import type { YamlChange } from '../watching/watchList.ts'

/** The most names in an event for each of added, changed and removed. */
const mostNames = 5

/** Facts for the event of a changed configuration file. */
export function yamlChangeFacts(
  file: string,
  { servers, hosts, probes }: Readonly<Record<'servers' | 'hosts' | 'probes', YamlChange>>,
): OneFacts<'configurationRead'> {
  const names = (verb: keyof YamlChange) => [...servers[verb], ...hosts[verb], ...probes[verb]].slice(0, mostNames)
  return {
    file,
    added: names('added'),
    changed: names('changed'),
    removed: names('removed'),
    serversAdded: servers.added.length,
    serversChanged: servers.changed.length,
    serversRemoved: servers.removed.length,
    hostsAdded: hosts.added.length,
    hostsChanged: hosts.changed.length,
    hostsRemoved: hosts.removed.length,
    probesAdded: probes.added.length,
    probesChanged: probes.changed.length,
    probesRemoved: probes.removed.length,
  }
}
