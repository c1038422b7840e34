import { searchText } from '../../shared/searchText.ts'
import { type NamedChoice, useGo } from '../app/choices.tsx'
import { toServer } from '../app/links.ts'
import { t } from '../app/words.ts'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { markOfServer, serverStateText } from '../fleet/StateMark.tsx'
import { worstFirst } from '../fleet/worstFirst.ts'
import { Mark } from '../ui/Mark.tsx'

/** Servers for the command palette, those in trouble first. */
export function useServerChoices(): readonly NamedChoice[] {
  const go = useGo()
  useFleetTick()
  return worstFirst(fleet.servers()).map((server) => ({
    id: `server ${server.id}`,
    text: searchText(server.name),
    icon: <Mark kind={markOfServer(server.state, fleet.severityOfServer(server.id))} />,
    name: server.name,
    hint: serverStateText(server, t),
    run: go(toServer(server.id)),
  }))
}
