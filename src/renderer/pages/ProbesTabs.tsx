import { useTranslation } from 'react-i18next'
import { toDailyCheck, toProbes } from '../app/links.ts'
import { PageTabs } from '../app/PageTabs.tsx'

/** Leads from the probes to the daily check and back. */
export function ProbesTabs({ at }: { readonly at: typeof toProbes | typeof toDailyCheck }) {
  const { t } = useTranslation()
  const tabs = [
    { to: toProbes, title: t('common.probes') },
    { to: toDailyCheck, title: t('pages.daily') },
  ]
  return <PageTabs label={t('common.probes')} tabs={tabs} at={at} />
}
