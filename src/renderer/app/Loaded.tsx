import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { failureText } from './failureText.ts'

interface LoadedProps<Data> {
  readonly query: { readonly data: Data | undefined; readonly error: unknown }
  /** How many rows the skeleton has. */
  readonly rows: number
  readonly failed?: 'alarms.notRead'
  /** The skeleton fills what is left of the page. */
  readonly framed?: true
  readonly children: (data: NonNullable<Data>) => ReactNode
}
/** What a query has read; until then a skeleton, or why it could not be read. */
export function Loaded<Data>({ query: { data, error }, rows, failed, framed, children }: LoadedProps<Data>) {
  const { t } = useTranslation()
  if (data != null) return children(data)
  if (error !== null) return <p className="flex-none text-muted">{t(failed ?? 'common.notAvailable', { reason: failureText(error) })}</p>
  const skeleton = <SkeletonRows rows={rows} />
  return framed ? <div className="flex-1 rounded-lg border border-line bg-surface p-4">{skeleton}</div> : skeleton
}

/** In the middle of a page that has nothing to list. */
export function Middle({ children }: { readonly children: ReactNode }) {
  return (
    <Panel className="flex-1" bodyClassName="flex items-center justify-center">
      {children}
    </Panel>
  )
}

interface LoadedPageProps {
  /** Why it can't be read; null: it can. */
  readonly failed: string | null
  readonly title: 'common.loadingFailed' | 'common.cannotBeRead'
  readonly known: boolean
  readonly rows: number
  readonly rowClass?: string
  readonly children: () => ReactNode
}
/** The rest of a page, as soon as it is known; until then a skeleton, or why it could not be read. */
export function LoadedPage({ failed, title, known, rows, rowClass, children }: LoadedPageProps) {
  const { t } = useTranslation()
  if (failed !== null)
    return (
      <Middle>
        <EmptyState title={t(title)}>{failed}</EmptyState>
      </Middle>
    )
  if (known) return children()
  return (
    <Panel className="flex-1">
      <SkeletonRows rows={rows} {...(rowClass !== undefined && { className: rowClass })} />
    </Panel>
  )
}
