import { LogOut, UserRound } from 'lucide-react'
import { Link } from 'react-router'
import { act } from '../app/act.ts'
import { toMyAccount } from '../app/links.ts'
import { t } from '../app/words.ts'
import { useMe } from '../fleet/me.tsx'
import { Menu, MenuClose } from '../ui/Menu.tsx'
import { DeskLockButton } from './DeskLock.tsx'

const entryClass = 'flex items-center gap-2 rounded px-2 py-1.5 text-left hover:bg-hover'

async function signOut(): Promise<void> {
  const answer = await fetch('api/sign-out', { method: 'POST' })
  if (!answer.ok) throw new Error(answer.statusText)
  location.reload()
}

/** Who is signed in at this browser. The desktop has its one operator, who is not named; its lock stands there, if it has one. */
export function WhoIsSignedIn({ collapsed }: { readonly collapsed: boolean }) {
  const { data: me } = useMe()
  if (me?.lock?.isSet) return <DeskLockButton lock={me.lock} collapsed={collapsed} />
  if (me === undefined || me.kind === 'desktop') return null
  const name = me.kind === 'account' ? me.name : t('people.sessions.tokenFile')
  return (
    <Menu
      width={220}
      align="start"
      side="right"
      trigger={
        <button
          type="button"
          aria-label={t('people.own.signedInAs', { name })}
          title={t('people.own.signedInAs', { name })}
          className="mb-1 flex min-h-[30px] min-w-0 items-center gap-2.5 rounded-md px-[9px] py-1.5 text-left font-medium text-muted hover:bg-hover hover:text-text"
        >
          <UserRound size={16} className="flex-none" aria-hidden="true" />
          {!collapsed && <span className="min-w-0 truncate">{name}</span>}
        </button>
      }
    >
      <div className="px-2 pt-1 pb-1.5">
        <div className="truncate font-semibold">{me.fullName || name}</div>
        <div className="text-faint text-sm">{t(`people.roles.${me.role}`)}</div>
      </div>
      {me.kind === 'account' && (
        <MenuClose asChild>
          <Link to={toMyAccount} className={entryClass}>
            <UserRound size={14} aria-hidden="true" /> {t('people.account')}
          </Link>
        </MenuClose>
      )}
      <button type="button" onClick={() => void act(signOut())} className={entryClass}>
        <LogOut size={14} aria-hidden="true" /> {t('people.own.signOut')}
      </button>
    </Menu>
  )
}
