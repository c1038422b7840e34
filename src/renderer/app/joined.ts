import type { LucideIcon } from 'lucide-react'
import { type ComponentType, createContext, useContext } from 'react'
import type { FigureChartProps } from './figureChart.ts'
import type { en } from './words/en.ts'

/** A page of the console. Router, rail, keys and command palette are built from the list of pages alone. */
export interface PageRow {
  /** Path pattern for react-router. */
  readonly path: string
  /** Key under `pages` in the catalogue. */
  readonly title: keyof typeof en.pages
  /** Icon in the rail; null: the page is reached by links only. */
  readonly icon: LucideIcon | null
  /** Key under `palette.about`: what the page is for, where its title does not say it. */
  readonly about?: keyof typeof en.palette.about
  /** Second key after `g`. */
  readonly key: string | null
  /** Target of the rail, the key and the palette; `path` by default. */
  readonly to?: string
  /** Shows the number of alarms in this state in the rail. */
  readonly counts?: 'unacknowledged'
  readonly page: ComponentType
}

/** Parts that `pages/` supplies to the frame and to nouns, which know nothing of other nouns. */
export interface Joined {
  readonly pages: readonly PageRow[]
  /** Tells of alarms at this desk, as long as the window is open. Draws nothing. */
  readonly DeskNotifications: ComponentType
  /** In the top bar. */
  readonly SoundButton: ComponentType
  /** Above every page. */
  readonly SoundBanner: ComponentType
  /** A figure with the limits that judge it, where an alarm or a rule is about it. */
  readonly FigureChart: ComponentType<FigureChartProps>
}

export const JoinedContext = createContext<Joined | null>(null)
export function useJoined(): Joined {
  const joined = useContext(JoinedContext)
  if (joined === null) throw new Error('the frame is drawn without what pages/ puts into it')
  return joined
}
