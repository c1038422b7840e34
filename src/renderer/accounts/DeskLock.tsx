import { Lock, LockOpen } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { type DeskLockState, lockChangeSchema, lockPasswordLimits } from '../../shared/accounts.ts'
import { ok } from '../../shared/result.ts'
import { act } from '../app/act.ts'
import { client, renew } from '../app/client.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'
import { lastInputAt } from '../fleet/lastLook.ts'
import { useMe } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { engineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { noPassword, type PasswordEntries, passwordFieldsOf } from './accountForm.ts'

interface LockEntries extends PasswordEntries {
  readonly current: string
  readonly afterMinutes: string
}
const byHand = ''
const choices = [5, 15, 30, 60] as const
const currentField = { id: 'current', kind: 'secret', label: 'people.own.current', input: { autoComplete: 'off' } } as const

function fieldsOf({ isSet }: DeskLockState): readonly FormField<LockEntries>[] {
  const least = String(lockPasswordLimits[0])
  const passwords = passwordFieldsOf((t) => t(isSet ? 'people.lock.passwordKept' : 'people.lock.passwordHint', { least }))
  return [
    ...(isSet ? [currentField, { ...passwords[0], label: 'people.own.new' } as const] : [passwords[0]]),
    passwords[1],
    {
      id: 'afterMinutes',
      kind: 'choice',
      label: 'people.lock.after',
      options: [
        { value: byHand, label: 'people.lock.byHand' },
        ...choices.map((minutes) => ({ value: String(minutes), label: `people.lock.afterMinutes.${minutes}` as const })),
      ],
    },
  ]
}
const inputOf = ({ current, password, afterMinutes }: LockEntries) => ({
  current,
  ...(password !== '' && { password }),
  afterMinutes: afterMinutes === byHand ? null : Number(afterMinutes),
})

/** Sets, changes and takes away the lock of this desktop; nothing where the console is used over the network. */
export function DeskLockSettings() {
  const { data: me } = useMe()
  return me?.lock == null ? null : <LockPanel lock={me.lock} />
}

function LockPanel({ lock }: { readonly lock: DeskLockState }) {
  const [open, setOpen] = useState<'set' | 'remove' | null>(null)
  const close = () => setOpen(null)
  const fields = fieldsOf(lock)
  const after = lock.afterMinutes === null ? byHand : String(lock.afterMinutes)
  return (
    <Panel
      title={t('people.lock.title')}
      hint={t(lock.isSet ? 'people.lock.isSet' : 'people.lock.notSet')}
      actions={
        lock.isLocked ? undefined : (
          <>
            {lock.isSet && <Button onClick={() => void act(lockNow())}>{t('people.lock.now')}</Button>}
            {lock.isSet && <Button onClick={() => setOpen('remove')}>{t('people.lock.remove')}</Button>}
            <Button look={lock.isSet ? 'plain' : 'primary'} onClick={() => setOpen('set')} text={t(lock.isSet ? 'common.change' : 'people.lock.set')} />
          </>
        )
      }
    >
      <p className="max-w-[72ch] text-muted">{t('people.lock.text')}</p>
      {open === 'set' && (
        <SendDialog
          title={t(lock.isSet ? 'people.lock.change' : 'people.lock.set')}
          submit={t('common.save')}
          fields={fields}
          start={{ ...noPassword, current: '', afterMinutes: after }}
          read={(entered) =>
            readEntries(fields, lockChangeSchema, lock.isSet ? inputOf(entered) : { ...inputOf(entered), password: entered.password }, entered, null)
          }
          send={(change) => client.accounts.setLock(change)}
          renews="accounts"
          onClose={close}
        />
      )}
      {open === 'remove' && (
        <SendDialog
          title={t('people.lock.remove')}
          submit={t('common.remove')}
          fields={[currentField]}
          start={{ current: '' }}
          read={(entered) => ok(entered)}
          send={({ current }) => client.accounts.setLock({ current, password: null, afterMinutes: null })}
          renews="accounts"
          onClose={close}
        />
      )}
    </Panel>
  )
}

export async function lockNow(): Promise<void> {
  await client.accounts.lock()
  await renew('accounts')
}

/** In the rail of a desktop that has a lock: locks it, also by itself, and opens it. */
export function DeskLockButton({ lock, collapsed }: { readonly lock: DeskLockState; readonly collapsed: boolean }) {
  const [unlocking, setUnlocking] = useState(false)
  // Tried again at the next look.
  useIdle(lock.isLocked ? null : lock.afterMinutes, () => void lockNow().catch(() => {}))
  const Icon = lock.isLocked ? Lock : LockOpen
  const words = t(lock.isLocked ? 'people.lock.unlock' : 'people.lock.now')
  return (
    <>
      <button
        type="button"
        aria-label={words}
        title={words}
        onClick={() => (lock.isLocked ? setUnlocking(true) : void act(lockNow()))}
        className={`mb-1 flex min-h-[30px] min-w-0 items-center gap-2.5 rounded-md px-[9px] py-1.5 text-left font-medium hover:bg-hover hover:text-text ${lock.isLocked ? 'text-text' : 'text-muted'}`}
      >
        <Icon size={16} className="flex-none" aria-hidden="true" />
        {!collapsed && <span className="min-w-0 truncate">{words}</span>}
      </button>
      {unlocking && (
        <SendDialog
          title={t('people.lock.unlock')}
          description={t('people.lock.lockedText')}
          submit={t('people.lock.unlock')}
          fields={[{ ...currentField, label: 'common.password' }]}
          start={{ current: '' }}
          read={(entered) => ok(entered)}
          send={({ current }) => client.accounts.unlock({ password: current })}
          renews="accounts"
          onClose={() => setUnlocking(false)}
        />
      )}
    </>
  )
}

const lookEveryMs = 5_000

/** Calls `rest` when no window of this desk was used for this long; null: never. */
function useIdle(afterMinutes: number | null, rest: () => void): void {
  const resting = useEffectEvent(rest)
  useEffect(() => {
    if (afterMinutes === null) return
    const from = engineNow()
    const timer = setInterval(() => {
      if (engineNow() - Math.max(from, lastInputAt() ?? 0) >= afterMinutes * 60_000) resting()
    }, lookEveryMs)
    return () => clearInterval(timer)
  }, [afterMinutes])
}
