import { useState } from 'react'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host } from '../../shared/hosts.ts'
import { Copyable } from '../app/Copyable.tsx'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { confirmLetters, confirms } from './hostForm.ts'

interface KeyQuestionProps {
  /** hostKeyUnknown or hostKeyChanged. */
  readonly error: HostFailure
  /** Returns the stored host; a new host is stored first. */
  readonly stored: () => Promise<Host | null>
  readonly onAccepted: (host: Host) => void
}

const keyFileOf = (type: string | null): string =>
  type === null || type.includes('ed25519') ? 'ed25519' : type.includes('ecdsa') ? 'ecdsa' : type.includes('rsa') ? 'rsa' : 'ed25519'

/** A changed key is accepted only by typing the fingerprint that was read on the machine itself, never by a single click. */
export function KeyQuestion({ error, stored, onAccepted }: KeyQuestionProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const { fingerprint, knownFingerprint, target, keyType } = error
  const changed = error.kind === 'hostKeyChanged'
  if (fingerprint === null) return null
  const accept = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const host = await stored()
      if (host === null) return
      onAccepted(await client.hosts.acceptKey({ id: host.id, target, keyType: keyType ?? '', fingerprint }))
    } catch (reason) {
      setFailure(t('common.failedReason', { reason: failureText(reason) }))
    } finally {
      setBusy(false)
    }
  }
  const command = `ssh-keygen -lf /etc/ssh/ssh_host_${keyFileOf(keyType)}_key.pub`
  return (
    <div
      className={`flex flex-col gap-2.5 rounded-lg border p-3 ${changed ? 'border-critical' : 'border-line-strong'}`}
      role={changed ? 'alert' : 'group'}
      style={changed ? { background: 'color-mix(in srgb, var(--critical) 8%, transparent)' } : undefined}
    >
      <Mark kind={changed ? 'critical' : 'warning'} size={14} word={t(changed ? 'hosts.key.changed' : 'hosts.key.first', { target })} />
      <p className="text-muted">{t(changed ? 'hosts.key.changedText' : 'hosts.key.firstText')}</p>
      <Copyable text={command} />
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1.5">
        {changed && knownFingerprint !== null && (
          <>
            <dt className="text-critical">{t('hosts.key.before')}</dt>
            <dd className="select-all break-all font-mono text-critical text-sm">{knownFingerprint}</dd>
          </>
        )}
        <dt className={changed ? 'text-critical' : 'text-muted'}>{t('hosts.key.shows')}</dt>
        <dd className={`break-all font-mono text-sm ${changed ? 'select-none text-critical' : ''}`}>
          {keyType} <span className={changed ? undefined : 'select-all'}>{fingerprint}</span>
        </dd>
      </dl>
      {changed && (
        <TextField
          label={t('hosts.key.typeIt', { count: confirmLetters })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="max-w-[320px]"
        />
      )}
      {failure !== null && <p className="font-medium text-critical">{failure}</p>}
      <Button
        look={changed ? 'danger' : 'primary'}
        className="self-start"
        disabled={busy || (changed && !confirms(typed, fingerprint))}
        onClick={() => void accept()}
      >
        {t('hosts.key.same')}
      </Button>
    </div>
  )
}
