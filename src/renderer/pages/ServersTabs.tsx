import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { toConfigurations, toServers } from '../app/links.ts'

const tabs = [
  { to: toServers, title: 'pages.servers' },
  { to: toConfigurations, title: 'pages.configurations' },
] as const

/** Leads from the servers to their configurations and back. */
export function ServersTabs({ at }: { readonly at: (typeof tabs)[number]['to'] }) {
  const { t } = useTranslation()
  return (
    <nav aria-label={t('configurations.tabs')} className="flex flex-none gap-0.5">
      {tabs.map(({ to, title }) => (
        <Link
          key={to}
          to={to}
          aria-current={to === at ? 'page' : undefined}
          className="rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover aria-[current=page]:border-line aria-[current=page]:bg-raised aria-[current=page]:text-text"
        >
          {t(title)}
        </Link>
      ))}
    </nav>
  )
}
