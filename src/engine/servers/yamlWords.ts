import type { NewEvent } from '../../shared/events.ts'
import type { YamlChange } from './servers.ts'

type Said = Pick<NewEvent, 'text' | 'facts'>

/** Names that one sentence holds. */
const mostNames = 5
const listed = (names: readonly string[]): string =>
  names.length <= mostNames ? names.join(', ') : `${names.slice(0, mostNames).join(', ')} and ${names.length - mostNames} more`

/** What a changed configuration file changed. */
export const yamlChangeWords = (file: string, { servers, hosts }: { readonly servers: YamlChange; readonly hosts: YamlChange }): Said => {
  const of = (verb: keyof YamlChange) => [...servers[verb], ...hosts[verb]]
  const parts = (['added', 'changed', 'removed'] as const).flatMap((verb) => (of(verb).length === 0 ? [] : [`${verb} ${listed(of(verb))}`]))
  return {
    text: `The configuration file was read again: ${parts.length === 0 ? 'no server and no host changed' : parts.join('; ')}.`,
    facts: {
      file,
      serversAdded: servers.added.length,
      serversChanged: servers.changed.length,
      serversRemoved: servers.removed.length,
      hostsAdded: hosts.added.length,
      hostsChanged: hosts.changed.length,
      hostsRemoved: hosts.removed.length,
    },
  }
}

/** Why a changed configuration file is not used. Problems name their line, and never hold a secret. */
export const yamlProblemWords = (file: string, problems: readonly string[]): Said => {
  const [first = '', ...more] = problems
  return {
    text: `The configuration file was changed and can not be used; what was read before stays in force. ${first}${more.length === 0 ? '' : ` (and ${more.length} more)`}`,
    facts: { file, problems: problems.length, first },
  }
}
