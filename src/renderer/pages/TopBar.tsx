import { CircleQuestionMark, Keyboard, type LucideIcon, Monitor, Moon, Search, Sun } from 'lucide-react'
import { Link, matchRoutes, useLocation } from 'react-router'
import { formatMoment, formatTime, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { nextTheme, toggleZone } from '../app/actions.ts'
import { useConnection } from '../app/client.ts'
import { setOpen } from '../app/frameState.ts'
import { GoToPast } from '../app/GoToPast.tsx'
import { toHelp } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences, zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { Counters } from '../fleet/Counters.tsx'
import { Heartbeat } from '../fleet/inFrame.tsx'
import { SoundButton } from '../notifications/DeskNotifications.tsx'
import { KeyHint } from '../ui/Button.tsx'
import { useNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { type PageRow, pages } from './pages.tsx'

const mac = /mac/i.test(navigator.platform)
/** As the keyboard here has it. */
export const modKey = mac ? '⌘' : 'Ctrl'

export function TopBar() {
  const { hello } = useConnection()
  const moment = useMoment()
  const { theme } = usePreferences()
  return (
    <header className="flex h-11 flex-none items-center gap-3 max-[480px]:gap-1 whitespace-nowrap border-line border-b bg-surface px-4">
      <Counters />
      <button
        type="button"
        onClick={() => setOpen('palette')}
        className="ml-auto flex min-h-[28px] min-w-[36px] max-w-[420px] flex-1 items-center gap-2 overflow-hidden rounded-md border border-line bg-bg px-2.5 py-1 text-faint hover:border-line-strong"
      >
        <Search size={15} className="flex-none" aria-hidden="true" />
        <span className="min-w-0 truncate">{t('frame.search')}</span>
        <span className="ml-auto hidden flex-none min-[1440px]:block">
          <KeyHint>{`${modKey} K`}</KeyHint>
        </span>
      </button>
      {hello?.demo && (
        <Tooltip content={t('frame.demo')}>
          <span
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the whole sentence must be reachable by keyboard
            tabIndex={0}
            className="rounded-full border px-2 py-px text-sm font-semibold max-[480px]:hidden"
            style={{ color: 'var(--past)', borderColor: 'color-mix(in srgb, var(--past) 60%, transparent)' }}
          >
            {t('frame.demoShort')}
          </span>
        </Tooltip>
      )}
      {moment === null ? <Heartbeat /> : <Stored />}
      <ClockSwitch />
      {moment === null && <GoToPast />}
      {!hello?.bundle && <SoundButton />}
      <BarButton words={t('keys.theme')} icon={themeIcons[theme]} onClick={nextTheme} />
      <BarButton words={t('common.keyboardShortcuts')} icon={Keyboard} onClick={() => setOpen('keys')} />
      <PageHelp />
    </header>
  )
}

/** Instead of the heartbeat for a bundle, where nothing is live. */
function Stored() {
  return (
    <span className="past-words flex items-center gap-[7px] font-semibold">
      <i className="h-[7px] w-[7px] rounded-full bg-past" />
      {t('past.stored')}
    </span>
  )
}

function ClockSwitch() {
  const engineNow = useNow()
  const moment = useMoment()
  const past = moment !== null
  const now = moment ?? engineNow
  // It may differ between winter and summer.
  const zoneName = zoneNameAt(now, zoneOf())
  return (
    <Tooltip content={t('keys.zone')}>
      <button type="button" onClick={toggleZone} className="flex items-baseline gap-1.5 rounded-md px-1.5 py-1 hover:bg-hover max-[480px]:hidden">
        <span data-clock className={`text-[15px] font-semibold ${past ? 'past-words' : ''}`}>
          {formatTime(now)}
        </span>
        {past && <span className="past-words text-sm font-medium max-[1179px]:hidden">{formatMoment(now, 'day')}</span>}
        <span className="text-sm font-medium text-faint max-[640px]:text-xs">{zone === 'utc' ? 'UTC' : zoneName === 'UTC' ? t('frame.local') : zoneName}</span>
      </button>
    </Tooltip>
  )
}

const themeIcons = { dark: Moon, light: Sun, system: Monitor } as const

function BarButton({ words, icon: Icon, onClick }: { readonly words: string; readonly icon: LucideIcon; readonly onClick: () => void }) {
  return (
    <Tooltip content={words}>
      <button
        type="button"
        onClick={onClick}
        aria-label={words}
        className="-mr-2 max-[480px]:hidden rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
      >
        <Icon size={16} aria-hidden="true" />
      </button>
    </Tooltip>
  )
}

function PageHelp() {
  const { pathname, search } = useLocation()
  const [shown] =
    matchRoutes(
      pages.map(({ path, help }) => ({ path, handle: help })),
      pathname,
    ) ?? []
  const help = (shown?.route.handle ?? '') as PageRow['help']
  const part = new URLSearchParams(search).get('tab') ?? shown?.params['*']?.split('/')[0] ?? ''
  return (
    <Tooltip content={t('help.ofPage')}>
      <Link
        to={toHelp(typeof help === 'string' ? help : (help[part] ?? help['']))}
        aria-label={t('help.ofPage')}
        className="max-[480px]:hidden rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
      >
        <CircleQuestionMark size={16} aria-hidden="true" />
      </Link>
    </Tooltip>
  )
}
