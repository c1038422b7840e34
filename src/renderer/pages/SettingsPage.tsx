import type { ReactNode } from 'react'
import { Navigate, NavLink, useNavigate, useParams } from 'react-router'
import { DeskLockSettings } from '../accounts/DeskLock.tsx'
import { MyAccount } from '../accounts/MyAccount.tsx'
import { People } from '../accounts/People.tsx'
import { useConnection } from '../app/client.ts'
import { toServer } from '../app/links.ts'
import { goToMoment, useMoment } from '../app/moment.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { useFleetKnown, useServers } from '../fleet/fleet.ts'
import { useMay, useMe } from '../fleet/me.tsx'
import { NotificationSettings } from '../notifications/NotificationSettings.tsx'
import { ServerDialog } from '../servers/ServerDialog.tsx'
import { ServersList } from '../servers/ServersList.tsx'
import { AboutSettings, DisplaySettings } from '../settings/DeskSettings.tsx'
import { HistorySettings } from '../settings/HistorySettings.tsx'
import { PictureSettings } from '../settings/PictureSettings.tsx'
import { NamingForm } from '../settings/StreamSettings.tsx'
import { ReportSettings } from '../shift/ReportSettings.tsx'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { settingsSectionText } from './foundChoices.tsx'

const sections = ['servers', 'streams', 'pictures', 'display', 'notifications', 'history', 'reports', 'people', 'account', 'about'] as const

/** What everybody else can only read. */
const administered: ReadonlySet<string> = new Set(['streams', 'pictures', 'history'])
const notInBundle: ReadonlySet<string> = new Set([...administered, 'notifications', 'reports'])

/** The section and the edited server are stored in the address. */
export function SettingsPage() {
  const moment = useMoment()
  const bundle = useConnection().hello?.bundle != null
  const mayAdminister = useMay('administer')
  const { data: me } = useMe()
  const [named = '', tab] = (useParams()['*'] || 'servers').split('/')
  const isOffered = (one: (typeof sections)[number]) => (one === 'people' ? mayAdminister && !bundle : one !== 'account' || me?.kind === 'account')
  const section = sections.find((one) => one === named)
  if (section === undefined) return <Navigate to="/settings/servers" replace />
  const isOfNow = section === 'servers' ? moment !== null : bundle && notInBundle.has(section)
  const panes: Readonly<Record<(typeof sections)[number], ReactNode>> = {
    servers: <Servers />,
    streams: <NamingForm />,
    pictures: <PictureSettings />,
    display: (
      <div className="grid gap-3.5">
        <DisplaySettings />
        {!bundle && <DeskLockSettings />}
      </div>
    ),
    notifications: <NotificationSettings />,
    history: <HistorySettings />,
    reports: <ReportSettings />,
    people: isOffered('people') ? <People tab={tab} /> : <NotAllowed />,
    account: me === undefined || isOffered('account') ? <MyAccount /> : <NotAllowed />,
    about: <AboutSettings />,
  }
  return (
    <div className="flex min-h-0 flex-1 gap-6">
      <nav aria-label={t('common.settings')} className="flex w-[150px] flex-none flex-col gap-0.5">
        <h1 className="px-2.5 pb-2 font-[650] text-xl">{t('common.settings')}</h1>
        {sections.filter(isOffered).map((one) => (
          <NavLink
            key={one}
            to={`/settings/${one}`}
            className={({ isActive }) => `rounded-md px-2.5 py-1 font-medium ${isActive ? 'bg-raised text-text' : 'text-muted hover:bg-hover'}`}
          >
            {t(settingsSectionText[one])}
          </NavLink>
        ))}
      </nav>
      <div className="min-w-0 max-w-[1280px] flex-1 overflow-y-auto">
        {isOfNow ? <NotHere bundle={bundle} /> : administered.has(section) ? <Administered>{panes[section]}</Administered> : panes[section]}
      </div>
    </div>
  )
}
function Administered({ children }: { readonly children: ReactNode }) {
  const may = useMay('administer')
  return (
    <>
      {!may && <p className="mb-2 text-faint">{t('people.onlyAdministrators')}</p>}
      <fieldset disabled={!may} className="min-w-0 disabled:[&_button]:hidden">
        {children}
      </fieldset>
    </>
  )
}

function NotAllowed() {
  return <EmptyState title={t('people.notAllowed')}>{t('people.notAllowedText')}</EmptyState>
}

function NotHere({ bundle }: { readonly bundle: boolean }) {
  return (
    <EmptyState
      title={t('past.noChange')}
      actions={bundle ? undefined : <Button look="primary" onClick={() => goToMoment(null)} text={t('common.backToNow')} />}
    />
  )
}

function Servers() {
  const servers = useServers()
  const known = useFleetKnown()
  const [params, , setParams] = usePageParams()
  const navigate = useNavigate()
  const editedId = params.get('edit')
  const edited = servers.find((server) => server.id === editedId && server.origin === 'stored') ?? null
  const adding = params.has('add')
  const close = () => setParams(new URLSearchParams(), { replace: true })
  if (!known)
    return (
      <Panel>
        <SkeletonRows rows={6} />
      </Panel>
    )
  return (
    <>
      <ServersList
        servers={servers}
        onAdd={() => setParams(new URLSearchParams({ add: '' }))}
        onEdit={(server) => setParams(new URLSearchParams({ edit: server.id }))}
      />
      {(adding || edited !== null) && (
        <ServerDialog
          key={edited?.id ?? 'new'}
          server={edited}
          onClose={close}
          onSaved={(server) => (edited === null ? void navigate(toServer(server.id)) : close())}
        />
      )}
    </>
  )
}
