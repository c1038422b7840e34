import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { failureText } from './failureText.ts'

interface LoadedProps<Data> {
  readonly query: { readonly data: Data | undefined; readonly error: unknown }
  /** How many rows the skeleton has. */
  readonly rows: number
  readonly children: (data: NonNullable<Data>) => ReactNode
}
/** What a query has read; until then a skeleton, or why it could not be read. */
export function Loaded<Data>({ query: { data, error }, rows, children }: LoadedProps<Data>) {
  const { t } = useTranslation()
  if (data != null) return children(data)
  return error === null ? <SkeletonRows rows={rows} /> : <p className="text-muted">{t('common.notAvailable', { reason: failureText(error) })}</p>
}
