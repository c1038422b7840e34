import type { ReactNode } from 'react'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { failureText } from './failureText.ts'
import { t } from './words.ts'

interface NotLoadedProps {
  /** null: still loading. */
  readonly error: unknown
  readonly rows: number
  readonly failed?: 'alarms.notRead'
  /** The skeleton fills what is left of the page. */
  readonly framed?: true
}
export function NotLoaded({ error, rows, failed, framed }: NotLoadedProps) {
  if (error !== null) return <p className="flex-none text-muted">{t(failed ?? 'common.notAvailable', { reason: failureText(error) })}</p>
  const skeleton = <SkeletonRows rows={rows} />
  return framed ? <div className="flex-1 rounded-lg border border-line bg-surface p-4">{skeleton}</div> : skeleton
}

interface LoadedProps<Data> extends Omit<NotLoadedProps, 'error'> {
  readonly query: { readonly data: Data | undefined; readonly error: unknown }
  readonly children: (data: NonNullable<Data>) => ReactNode
}
export function Loaded<Data>({ query: { data, error }, children, ...instead }: LoadedProps<Data>) {
  return data != null ? children(data) : <NotLoaded error={error} {...instead} />
}

export function Middle({ children }: { readonly children: ReactNode }) {
  return (
    <Panel className="flex-1" bodyClassName="flex items-center justify-center">
      {children}
    </Panel>
  )
}

interface PageNotLoadedProps {
  readonly failed: string | null
  readonly title?: 'common.cannotBeRead'
  readonly rows: number
  readonly rowClass?: string
}
export function PageNotLoaded({ failed, title, rows, rowClass }: PageNotLoadedProps) {
  if (failed !== null)
    return (
      <Middle>
        <EmptyState title={t(title ?? 'common.loadingFailed')}>{failed}</EmptyState>
      </Middle>
    )
  return (
    <Panel className="flex-1">
      <SkeletonRows rows={rows} {...(rowClass !== undefined && { className: rowClass })} />
    </Panel>
  )
}
