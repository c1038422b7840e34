import type { Joined } from '../app/joined.ts'
import { toHosts } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { useHostTroubles } from '../hosts/HostsAlert.tsx'
import { useHosts } from '../hosts/useHosts.ts'
import { pages } from './pages.ts'

/** Other than on their own pages, hosts are asked for no more often for a few words. */
const hostsEveryMs = 10_000

/** The hosts that need an operator now, those of the worst kind. */
function useHostsInTrouble() {
  const past = useMoment() !== null
  const troubles = useHostTroubles(useHosts(hostsEveryMs).hosts)
  return past || troubles === null ? null : { kind: troubles.kind, words: troubles.words[0] ?? '', to: toHosts }
}

export const joined: Joined = { pages, useOtherTroubles: useHostsInTrouble }
