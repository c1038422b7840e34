import type { ReactNode } from 'react'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { useConnection } from './client.ts'
import { useMoment } from './moment.ts'

interface Said {
  readonly title: string
  readonly text: string
}
interface NothingWatchedProps {
  readonly none: Said
  /** Why a bundle has none. */
  readonly ofBundle: Said
  /** What adds the first one and is nowhere else on the page; not shown in the past. */
  readonly actions?: ReactNode
}
/** A page of what is watched, while nothing is. */
export function NothingWatched({ none, ofBundle, actions }: NothingWatchedProps) {
  const past = useMoment() !== null
  const bundle = useConnection().hello?.bundle != null
  const { title, text } = bundle ? ofBundle : none
  return (
    <Panel className="flex-1" bodyClassName="flex items-center justify-center">
      <EmptyState title={title} actions={bundle || past ? undefined : actions}>
        {text}
      </EmptyState>
    </Panel>
  )
}
