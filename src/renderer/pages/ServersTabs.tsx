import { useTranslation } from 'react-i18next'
import { toConfigurations, toServers } from '../app/links.ts'
import { PageTabs } from '../app/PageTabs.tsx'

/** Leads from the servers to their configurations and back. */
export function ServersTabs({ at }: { readonly at: typeof toServers | typeof toConfigurations }) {
  const { t } = useTranslation()
  const tabs = [
    { to: toServers, title: t('pages.servers') },
    { to: toConfigurations, title: t('pages.configurations') },
  ]
  return <PageTabs label={t('common.servers')} tabs={tabs} at={at} />
}
