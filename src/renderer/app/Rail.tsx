import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, matchRoutes, useLocation } from 'react-router'
import { Logo } from '../ui/Logo.tsx'
import { createMediaHook } from '../ui/media.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { toggleRail } from './actions.ts'
import { type PageRow, useJoined } from './joined.ts'
import { usePreferences } from './preferences.ts'

const useNarrow = createMediaHook('(max-width: 1023px)')

/** Path of the page of the rail that an address belongs to. */
function railPathOf(pages: readonly PageRow[], address: string): string {
  const [shown] =
    matchRoutes(
      pages.map(({ path, under }) => ({ path, handle: under })),
      address,
    ) ?? []
  const under: unknown = shown?.route.handle
  return typeof under === 'string' ? under : firstOf(address)
}
const firstOf = (address: string) => `/${address.split('/')[1] ?? ''}`

/** Navigation to the pages. */
export function Rail() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const { pages } = useJoined()
  const railPath = railPathOf(pages, pathname)
  const forced = useNarrow()
  const collapsed = usePreferences().railCollapsed || forced
  return (
    <nav
      aria-label={t('common.pages')}
      className={`flex flex-none flex-col gap-px border-line border-r bg-surface px-2 ${collapsed ? 'w-[52px]' : 'w-[176px]'}`}
    >
      <div className="flex h-11 flex-none items-center gap-[9px] px-2 text-lg font-[650] tracking-[-0.01em]">
        <Logo />
        {!collapsed && 'mtxdeck'}
      </div>
      {pages.map(({ path, to, title, icon: Icon, Count }) => {
        if (Icon === null) return null
        const on = firstOf(to ?? path) === railPath
        const link = (
          <Link
            key={path}
            to={to ?? path}
            aria-current={on ? 'page' : undefined}
            className={`relative flex min-h-[30px] items-center gap-2.5 rounded-md px-[9px] py-1.5 font-medium ${on ? 'bg-raised text-text' : 'text-muted hover:bg-hover hover:text-text'}`}
          >
            <Icon size={16} className="flex-none opacity-85" aria-hidden="true" />
            {collapsed ? <span className="sr-only">{t(`pages.${title}`)}</span> : t(`pages.${title}`)}
            {Count && <Count collapsed={collapsed} />}
          </Link>
        )
        return collapsed ? (
          <Tooltip key={path} content={t(`pages.${title}`)} side="right">
            {link}
          </Tooltip>
        ) : (
          link
        )
      })}
      <div className="flex-1" />
      {!forced && (
        <button
          type="button"
          onClick={toggleRail}
          aria-label={t('common.collapseOrExpandTheSidebar')}
          className="mb-2 flex min-h-[28px] items-center gap-2.5 rounded-md px-[9px] py-1 text-faint hover:bg-hover hover:text-text"
        >
          {collapsed ? <PanelLeftOpen size={16} aria-hidden="true" /> : <PanelLeftClose size={16} aria-hidden="true" />}
        </button>
      )}
    </nav>
  )
}
