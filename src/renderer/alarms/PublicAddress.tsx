import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Readiness } from '../../shared/channels.ts'
import { orpc } from '../app/client.ts'
import { Panel } from '../ui/Panel.tsx'
import { ReadinessActions } from './ReadinessActions.tsx'

/** Where messages link to, and how to change it. */
export function PublicAddress({ readiness }: { readonly readiness: Readiness }) {
  const { t } = useTranslation()
  return (
    <span className="flex items-baseline justify-between gap-3">
      <span className={readiness.publicUrl === null ? 'text-muted' : ''}>{readiness.publicUrl ?? t('channels.form.publicUrlText')}</span>
      <ReadinessActions part="publicUrl" readiness={readiness} />
    </span>
  )
}

/** The same as a setting of the console. */
export function PublicAddressSettings() {
  const { t } = useTranslation()
  const { data } = useQuery(orpc.channels.readiness.queryOptions())
  return (
    <Panel title={t('channels.form.publicUrlTitle')} className="mt-4">
      {data !== undefined && <PublicAddress readiness={data} />}
    </Panel>
  )
}
