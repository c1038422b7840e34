import { Link } from 'react-router'
import { toConfigurations, toDailyCheck, toProbes, toServers, toSessions, toWatched } from './links.ts'
import { t } from './words.ts'

/** Look of a tab of a page. */
export const tabClass =
  'rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover data-[state=active]:border-line data-[state=active]:bg-raised data-[state=active]:text-text'

interface PageTabsProps {
  readonly label: string
  readonly tabs: readonly { readonly to: string; readonly title: string }[]
  /** The one that is open. */
  readonly at: string
}
/** Leads from one page to those that belong to it, and back. */
export function PageTabs({ label, tabs, at }: PageTabsProps) {
  return (
    <nav aria-label={label} className="flex flex-none gap-0.5">
      {tabs.map(({ to, title }) => (
        <Link
          key={to}
          to={to}
          aria-current={to === at ? 'page' : undefined}
          className="rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover aria-[current=page]:border-line aria-[current=page]:bg-raised aria-[current=page]:text-text"
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}

/** Leads from the servers to their configurations and back. */
export function ServersTabs({ at }: { readonly at: typeof toServers | typeof toConfigurations }) {
  const tabs = [
    { to: toServers, title: t('pages.servers') },
    { to: toConfigurations, title: t('pages.configurations') },
  ]
  return <PageTabs label={t('common.servers')} tabs={tabs} at={at} />
}

/** Leads from those who are connected to what was watched and back. */
export function SessionsTabs({ at }: { readonly at: typeof toSessions | typeof toWatched }) {
  const tabs = [
    { to: toSessions, title: t('pages.sessions') },
    { to: toWatched, title: t('pages.watched') },
  ]
  return <PageTabs label={t('common.sessions')} tabs={tabs} at={at} />
}

/** Leads from the probes to the daily check and back. */
export function ProbesTabs({ at }: { readonly at: typeof toProbes | typeof toDailyCheck }) {
  const tabs = [
    { to: toProbes, title: t('common.probes') },
    { to: toDailyCheck, title: t('pages.daily') },
  ]
  return <PageTabs label={t('common.probes')} tabs={tabs} at={at} />
}
