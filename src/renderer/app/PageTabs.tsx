import { Link } from 'react-router'
import { toConfigurations, toDailyCheck, toProbes, toServers, toSessions, toWatched } from './links.ts'
import { t } from './words.ts'

export const tabClass =
  'rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover data-[state=active]:border-line data-[state=active]:bg-raised data-[state=active]:text-text'

interface PageTabsProps {
  readonly label: string
  readonly tabs: readonly { readonly to: string; readonly title: string }[]
  readonly at: string
}
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

const related = {
  servers: { [toServers]: 'pages.servers', [toConfigurations]: 'pages.configurations' },
  sessions: { [toSessions]: 'pages.sessions', [toWatched]: 'pages.watched' },
  probes: { [toProbes]: 'common.probes', [toDailyCheck]: 'pages.daily' },
} as const
export function RelatedTabs({ of, at }: { readonly of: keyof typeof related; readonly at: string }) {
  return <PageTabs label={t(`common.${of}`)} tabs={Object.entries(related[of]).map(([to, title]) => ({ to, title: t(title) }))} at={at} />
}
