import type { SignInSession } from '../../shared/accounts.ts'
import { formatMoment } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client } from '../app/client.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'

const act = actThen('accounts')

interface SessionsTableProps {
  readonly sessions: readonly SignInSession[]
  /** Whether they are of several people. */
  readonly ofAll: boolean
  /** The one of this browser, which ends by signing out; null: none of them. */
  readonly own: string | null
}
const browsers = [
  ['Edge', /Edg\w*\/(\d+)/],
  ['Opera', /OPR\/(\d+)/],
  ['Firefox', /Firefox\/(\d+)/],
  ['Chrome', /Chrome\/(\d+)/],
  ['Safari', /Version\/(\d+).*Safari/],
] as const
const systems = /Android|iPhone|iPad|Windows|Mac OS X|CrOS|Linux/
function browserName(userAgent: string): string {
  for (const [name, version] of browsers) {
    const found = version.exec(userAgent)
    if (found !== null) return [`${name} ${found[1]}`, systems.exec(userAgent)?.[0]].filter(Boolean).join(' · ')
  }
  return userAgent
}

export function SessionsTable({ sessions, ofAll, own }: SessionsTableProps) {
  const nameOf = ({ accountId, name }: SignInSession) => (accountId === null ? t('people.sessions.tokenFile') : name)
  const time = (id: 'madeAt' | 'usedAt', rank: number): Column<SignInSession> =>
    column(id, t(`people.sessions.${id}`), { rank, width: 150, value: (session) => session[id] }, (session) => (
      <span className="text-muted">{formatMoment(session[id], 'minute')}</span>
    ))
  const name: Column<SignInSession> = { id: 'name', head: t('common.name'), width: 130, rank: 0, share: 1, value: nameOf, cell: nameOf }
  const columns: readonly Column<SignInSession>[] = [
    ...(ofAll ? [name] : []),
    column('browser', t('people.sessions.browser'), { rank: 1, width: 170, share: 2, value: ({ browser }) => browserName(browser) }, ({ browser }) => (
      <span title={browser}>{browserName(browser)}</span>
    )),
    textColumn('address', t('people.sessions.from'), ({ address }) => address, { rank: 2, width: 130, className: '' }),
    time('madeAt', 3),
    time('usedAt', 0),
    column(
      'end',
      t('people.sessions.end'),
      { rank: 0, width: widthOf(t('people.sessions.end'), t('people.sessions.own')) + 24, silent: true, numeric: true },
      (session) =>
        session.id === own ? (
          <span className="text-faint">{t('people.sessions.own')}</span>
        ) : (
          <Button
            aria-label={t('people.sessions.endOf', { name: nameOf(session), from: session.address })}
            onClick={() => void act(client.accounts.endSession({ id: session.id }), t('people.sessions.ended'))}
          >
            {t('people.sessions.end')}
          </Button>
        ),
    ),
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
