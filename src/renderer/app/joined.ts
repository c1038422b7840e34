import type { LucideIcon } from 'lucide-react'
import { type ComponentType, createContext, type ReactNode, useContext } from 'react'
import type { Messages } from '../../shared/messageIds.ts'
import type { ChoiceGroup, NamedChoice } from './choices.tsx'

/** A page of the console. Router, rail, keys and command palette are built from the list of pages alone. */
export interface PageRow {
  /** Path pattern for react-router. */
  readonly path: string
  /** Key under `pages` in the catalogue. */
  readonly title: keyof Messages['pages']
  /** Icon in the rail; null: the page is reached by links only. */
  readonly icon: LucideIcon | null
  /** Page of the rail that is marked while this one is shown; default: the one at the beginning of its address. */
  readonly under?: string
  /** Second key after `g`. */
  readonly key: string | null
  /** Chapter of the manual about it, `alarms` or `alarms#rules`; where its tabs or sections have their own, by their names in the address, and '' for all others. */
  readonly help: string | Readonly<Record<string, string>>
  /** Target of the rail, the key and the palette; `path` by default. */
  readonly to?: string
  /** Beside its title in the rail. */
  readonly Count?: ComponentType<{ readonly collapsed: boolean }>
  /** Sets something up, which a bundle does not need. */
  readonly setsUp?: true
  readonly page: ComponentType
  /** Fetches its files; they are fetched at its first showing otherwise. */
  readonly load: () => Promise<unknown>
}

/** What the command palette finds of the nouns, by what is typed; '': by nothing yet. */
export interface FoundChoices {
  /** Tabs and sections of pages. */
  readonly places: readonly NamedChoice[]
  readonly groups: readonly ChoiceGroup[]
  readonly actions: readonly NamedChoice[]
}

/** What `pages/` puts into the frame, which knows no nouns. */
export interface Joined {
  readonly pages: readonly PageRow[]
  /** Starts what runs as long as the window is open. Called once, after the moment has been read and the client has been started. */
  readonly start: () => void
  /** Instead of the frame and its pages, for whoever may see cameras alone. */
  readonly CamerasAlone: ComponentType
  /** Whether there is anything to show; before that, pages show skeletons. */
  readonly useIsKnown: () => boolean
  readonly useFoundChoices: (query: string) => FoundChoices
  /** Stays as long as the window is open, whatever it shows. Draws nothing. */
  readonly Background: ComponentType
  /** Around each page: what it lends to the nouns on it. */
  readonly AroundPage: ComponentType<{ readonly children: ReactNode }>
  /** Above every page. */
  readonly Banners: ComponentType
  /** Below the top bar, in the past. */
  readonly PastBar: ComponentType
  /** In the top bar, from left to right. */
  readonly Counters: ComponentType
  readonly Heartbeat: ComponentType
  readonly SoundButton: ComponentType
  /** At the lower end of the rail. */
  readonly WhoIsSignedIn: ComponentType<{ readonly collapsed: boolean }>
}

export const JoinedContext = createContext<Joined | null>(null)
export function useJoined(): Joined {
  const joined = useContext(JoinedContext)
  if (joined === null) throw new Error('the frame is drawn without what pages/ puts into it')
  return joined
}
