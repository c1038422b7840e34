import { useTranslation } from 'react-i18next'
import type { SignInSession } from '../../shared/accounts.ts'
import { formatMoment } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'

interface SessionsTableProps {
  readonly sessions: readonly SignInSession[]
  /** Whether they are of several people. */
  readonly ofAll: boolean
  readonly onEnded: () => void
}
/** Browsers that are signed in, each with a button that ends its session. */
export function SessionsTable({ sessions, ofAll, onEnded }: SessionsTableProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const act = useAct(onEnded)
  const nameOf = ({ accountId, name }: SignInSession) => (accountId === null ? t('people.sessions.tokenFile') : name)
  const time = (id: 'madeAt' | 'usedAt', rank: number): Column<SignInSession> => ({
    id,
    head: t(`people.sessions.${id}`),
    width: 150,
    rank,
    value: (session) => session[id],
    cell: (session) => <span className="text-muted">{formatMoment(session[id], 'minute', zone)}</span>,
  })
  const name: Column<SignInSession> = { id: 'name', head: t('common.name'), width: 130, rank: 0, share: 1, value: nameOf, cell: nameOf }
  const columns: readonly Column<SignInSession>[] = [
    ...(ofAll ? [name] : []),
    {
      id: 'browser',
      head: t('people.sessions.browser'),
      width: 170,
      rank: 1,
      share: 2,
      value: ({ browser }) => browser,
      cell: ({ browser }) => <span title={browser}>{browser}</span>,
    },
    { id: 'address', head: t('people.sessions.from'), width: 130, rank: 2, value: ({ address }) => address, cell: ({ address }) => address },
    time('madeAt', 3),
    time('usedAt', 0),
    {
      id: 'end',
      head: t('people.sessions.end'),
      silent: true,
      width: widthOf(t('people.sessions.end')) + 24,
      rank: 0,
      numeric: true,
      cell: (session) => (
        <Button
          aria-label={t('people.sessions.endOf', { name: nameOf(session), from: session.address })}
          onClick={() => void act(client.accounts.endSession({ id: session.id }), t('people.sessions.ended'))}
        >
          {t('people.sessions.end')}
        </Button>
      ),
    },
  ]
  return (
    <DataTable
      label={t('common.sessions')}
      columns={columns}
      rows={sessions}
      keyOf={({ id }) => id}
      context={null}
      empty={<p className="py-2 text-faint">{t('people.sessions.none')}</p>}
    />
  )
}
