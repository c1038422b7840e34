import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { serverErrorText } from '../../i18n/errorText.ts'
import { hostOf } from '../../shared/endpoints.ts'
import { err, ok } from '../../shared/result.ts'
import { type KickResult, keepSessionsDays, type ServerSession, type SessionFilter, type SessionGrouping, type SessionSort } from '../../shared/sessions.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { type FormField, noReason, readReason, reasonFields } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { language, t } from '../app/words.ts'

/** How often they are read again, ms. Their lists are read from the servers every 2 s, of large servers less often. */
const againMs = 2_000
const mostShown = 500

export function useSessions(filter: SessionFilter, sort: SessionSort, enabled: boolean) {
  return useQuery({
    ...orpc.sessions.list.queryOptions({ input: { ...filter, sort, limit: mostShown } }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
    enabled,
  })
}

export function useSessionGroups(filter: SessionFilter, by: SessionGrouping | null) {
  return useQuery({
    ...orpc.sessions.groups.queryOptions({ input: { ...filter, by: by ?? 'address', limit: mostShown } }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
    enabled: by !== null,
  })
}

/** Reads everything that shows sessions at once, after some were disconnected. */
async function renewSessions(): Promise<void> {
  await Promise.all([orpc.sessions.key(), orpc.streams.sessions.key(), orpc.streams.get.key()].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
}

export type KickedSession = Pick<ServerSession, 'serverId' | 'server' | 'id' | 'path' | 'remoteAddr' | 'role' | 'user'>

const reasonField = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })
const mostNamed = 12

/** Asks for a reason, says who is disconnected, and disconnects them: these sessions, and no others that came meanwhile. */
export function KickDialog({ sessions, onClose }: { readonly sessions: readonly KickedSession[]; readonly onClose: () => void }) {
  const publishers = sessions.filter(({ role }) => role === 'publisher').length
  return (
    <SendDialog
      title={t('sessions.kickTitle', { count: sessions.length })}
      description={t('sessions.kickText')}
      submit={t('sessions.kick')}
      fields={reasonField}
      start={noReason}
      read={readReason}
      send={async (reason) => {
        const results = await client.sessions.kickMany({ sessions: sessions.map(({ serverId, id }) => ({ serverId, id })), reason })
        await renewSessions()
        tell(results)
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    >
      {publishers > 0 && (
        <p className="font-medium text-major">{sessions.length === 1 ? t('sessions.kickIts') : t('sessions.kickPublisher', { count: publishers })}</p>
      )}
      <ul className="text-muted text-sm">
        {sessions.slice(0, mostNamed).map((session) => (
          <li key={`${session.serverId} ${session.id}`} className="truncate">
            {[whoOf(session), session.path, session.server].join(' · ')}
          </li>
        ))}
        {sessions.length > mostNamed && <li>{t('common.andCountMore', { count: sessions.length - mostNamed })}</li>}
      </ul>
    </SendDialog>
  )
}

const whoOf = ({ remoteAddr, user, id }: KickedSession): string => [remoteAddr === null ? id.slice(0, 8) : hostOf(remoteAddr), user].filter(Boolean).join(' ')

function tell(results: readonly KickResult[]): void {
  const count = (...outcomes: readonly KickResult['outcome'][]) => results.filter(({ outcome }) => outcomes.includes(outcome)).length
  // Those that had left already are disconnected, too.
  const [kicked, failed] = [count('kicked', 'gone'), count('failed', 'notAsked')]
  if (kicked > 0) toast(t('sessions.kicked', { count: kicked }))
  const error = results.find((result) => result.error !== null)?.error
  if (failed > 0 && error) toast.error(t('sessions.notKicked', { count: failed, reason: serverErrorText(error, language).what }))
}

interface Entries {
  readonly days: string
}
const keepFields: readonly FormField<Entries>[] = [
  { id: 'days', kind: 'text', label: 'kept.column.days', half: true, input: { inputMode: 'numeric', maxLength: 4 } },
]

export function KeepDialog({ days, onClose }: { readonly days: number; readonly onClose: () => void }) {
  return (
    <SendDialog
      title={t('sessions.past.keepTitle')}
      description={t('sessions.past.keepText')}
      submit={t('common.save')}
      fields={keepFields}
      start={{ days: String(days) }}
      read={(entered: Entries) => {
        const read = keepSessionsDays.safeParse(/^\d+$/.test(entered.days.trim()) ? Number(entered.days) : Number.NaN)
        return read.success ? ok(read.data) : err({ days: 'sessions.past.keepWrong' as const })
      }}
      send={async (next) => {
        await client.sessions.keep({ days: next })
        await renewSessions()
        toast(t('common.saved'))
      }}
      onClose={onClose}
    />
  )
}
