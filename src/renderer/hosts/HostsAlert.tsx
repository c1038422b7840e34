import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Host } from '../../shared/hosts.ts'
import { toHosts } from '../app/links.ts'
import { Banner } from '../ui/Banner.tsx'
import { buttonLinkClass } from '../ui/Button.tsx'
import { hostsInTrouble } from './hostFigures.ts'

/** Maximum number of names in the sentence. */
const mostNames = 4
export const hostNames = (hosts: readonly Host[]): string =>
  `${hosts
    .slice(0, mostNames)
    .map(({ name }) => name)
    .join(', ')}${hosts.length > mostNames ? ' …' : ''}`

/** The alert about hosts that need an operator now, the worst first; null: none does. */
export function useHostTroubles(hosts: readonly Host[]) {
  const { t } = useTranslation()
  const { changed, down, waiting } = hostsInTrouble(hosts)
  const all = [...changed, ...down, ...waiting]
  if (all.length === 0) return null
  const kind = changed.length + down.length > 0 ? ('critical' as const) : ('major' as const)
  const words = [
    ...(changed.length > 0 ? [t('hosts.changedTitle', { count: changed.length })] : []),
    ...(down.length > 0 ? [t('hosts.downTitle', { count: down.length })] : []),
    ...(waiting.length > 0 ? [t('hosts.waitTitle', { count: waiting.length })] : []),
  ]
  return { all, kind, words }
}

/** The hosts that need an operator now, the worst first, with links; nothing where none does. */
export function HostsAlert({ hosts }: { readonly hosts: readonly Host[] }) {
  const { t } = useTranslation()
  const troubles = useHostTroubles(hosts)
  if (troubles === null) return null
  return (
    <Banner
      kind={troubles.kind}
      title={troubles.words.join(' · ')}
      actions={
        <Link to={toHosts} className={buttonLinkClass}>
          {t('hosts.look')}
        </Link>
      }
    >
      {hostNames(troubles.all)}
    </Banner>
  )
}
