import type { LucideIcon } from 'lucide-react'
import { type ComponentType, createContext, useContext } from 'react'
import type { MarkKind } from '../ui/Mark.tsx'
import type { en } from './words/en.ts'

/** A page of the console. Router, rail, keys and command palette read the list of pages and nothing else. */
export interface PageRow {
  /** As react-router takes it. */
  readonly path: string
  /** Key under `pages` in the catalogue. */
  readonly title: keyof typeof en.pages
  /** Stands in the rail when it has one; the others are reached by links. */
  readonly icon: LucideIcon | null
  /** Second key after `g`. */
  readonly key: string | null
  /** Where the rail, the key and the palette go; `path` by default. */
  readonly to?: string
  readonly page: ComponentType
}

/** What `pages/` puts into the frame, which knows no noun itself. */
export interface Joined {
  readonly pages: readonly PageRow[]
  /** What the top bar shows beside the streams and servers in trouble, with a link; null: nothing. */
  readonly useOtherTroubles: () => { readonly kind: MarkKind; readonly words: string; readonly to: string } | null
}

export const JoinedContext = createContext<Joined | null>(null)
export function useJoined(): Joined {
  const joined = useContext(JoinedContext)
  if (joined === null) throw new Error('the frame is drawn without what pages/ puts into it')
  return joined
}
