import type { Joined } from '../app/joined.ts'
import { toHosts } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { useHostTroubles } from '../hosts/HostsAlert.tsx'
import { useHosts } from '../hosts/useHosts.ts'
import { SoundBanner } from '../telling/SoundBanner.tsx'
import { SoundButton } from '../telling/SoundButton.tsx'
import { TellHere } from '../telling/TellHere.tsx'
import { pages } from './pages.ts'

/** Refetch interval of hosts for the top bar, less often than on their own pages. */
const hostsEveryMs = 10_000

/** Hosts that need an operator now, of the worst kind only. */
function useHostsInTrouble() {
  const past = useMoment() !== null
  const troubles = useHostTroubles(useHosts(hostsEveryMs).hosts)
  return past || troubles === null ? null : { kind: troubles.kind, words: troubles.words[0] ?? '', to: toHosts }
}

export const joined: Joined = { pages, useOtherTroubles: useHostsInTrouble, TellHere, SoundButton, SoundBanner }
