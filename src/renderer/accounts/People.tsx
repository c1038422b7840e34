import { useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { PageTabs } from '../app/PageTabs.tsx'
import { t } from '../app/words.ts'
import { useMe } from '../fleet/me.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Accounts } from './Accounts.tsx'
import { Audit } from './Audit.tsx'
import { GuestLinks } from './GuestLinks.tsx'
import { SessionsTable } from './SessionsTable.tsx'
import { Tokens } from './Tokens.tsx'

const everyMs = 10_000
const tabs = {
  accounts: { title: 'people.accounts', Tab: Accounts },
  sessions: { title: 'common.sessions', Tab: AllSessions },
  tokens: { title: 'people.tokens.title', Tab: Tokens },
  guests: { title: 'people.guests.title', Tab: GuestLinks },
  audit: { title: 'people.audit.title', Tab: Audit },
} as const
const toTab = (tab: string) => `/settings/people${tab === 'accounts' ? '' : `/${tab}`}`

/** Who may sign in, who is signed in, and who did what. For administrators. */
export function People({ tab }: { readonly tab: string | undefined }) {
  const shown = tab !== undefined && Object.hasOwn(tabs, tab) ? (tab as keyof typeof tabs) : 'accounts'
  const { Tab } = tabs[shown]
  return (
    <div className="flex h-full min-h-0 flex-col gap-2.5">
      <PageTabs label={t('people.title')} tabs={Object.entries(tabs).map(([id, { title }]) => ({ to: toTab(id), title: t(title) }))} at={toTab(shown)} />
      <div className="min-h-0 flex-1">
        <Tab />
      </div>
    </div>
  )
}

function AllSessions() {
  const { data: me } = useMe()
  const query = useQuery({ ...orpc.accounts.sessions.queryOptions(), refetchInterval: everyMs })
  return (
    <Panel title={t('common.sessions')}>
      <Loaded query={query} rows={4}>
        {(sessions) => <SessionsTable sessions={sessions} ofAll own={me?.session ?? null} />}
      </Loaded>
    </Panel>
  )
}
