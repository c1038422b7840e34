import { ORPCError } from '@orpc/client'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { Host, HostAuthInput } from '../../shared/hosts.ts'
import type { Server } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useTrial } from '../app/useTrial.ts'
import { EditDialog } from '../ui/EditDialog.tsx'
import { Field, inputClass, TextField } from '../ui/Field.tsx'
import { InSight } from '../ui/InSight.tsx'
import { Select } from '../ui/Select.tsx'
import { type HostTest, HostTestView } from './HostTestView.tsx'
import { emptyHostForm, type HostForm, type HostFormErrors, hostFormOf, keptSecretOf, nameFromTarget, readHostForm, testedPart } from './hostForm.ts'
import { Recipe } from './Recipe.tsx'
import { renewHosts } from './useHosts.ts'

interface HostDialogProps {
  /** null: a new one. */
  readonly host: Host | null
  readonly servers: readonly Server[]
  /** What a new one begins with. */
  readonly start?: Partial<HostForm>
  readonly onClose: () => void
}

const authKinds: readonly HostAuthInput['kind'][] = ['key', 'password', 'agent']

/** Adds or edits a host: its address, how to sign in, and what a test of both finds. */
export function HostDialog({ host: opened, servers, start, onClose }: HostDialogProps) {
  const { t } = useTranslation()
  // A new host is stored as soon as its key is accepted, and edited from then on.
  const [host, setHost] = useState(opened)
  const [form, setForm] = useState<HostForm>(() => (opened ? hostFormOf(opened) : { ...emptyHostForm, ...start }))
  const [errors, setErrors] = useState<HostFormErrors>({})
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const {
    trial: test,
    run,
    forget,
  } = useTrial<HostTest, string>(() =>
    opened?.error?.fingerprint
      ? { state: 'done', result: { error: opened.error, reading: null, way: null }, of: testedPart(hostFormOf(opened)) }
      : { state: 'none' },
  )
  const keptSecretKind = keptSecretOf(host, form)
  const set = (change: Partial<HostForm>) => {
    setForm((before) => ({ ...before, ...change }))
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))))
  }
  const error = (field: keyof HostForm) => {
    const wrong = errors[field]
    return wrong === undefined ? null : t(`hosts.form.wrong.${wrong}`)
  }
  const tidied = (): HostForm => {
    const tidy = { ...form, name: form.name.trim() || (form.local ? t('hosts.local') : nameFromTarget(form.ssh)) }
    setForm(tidy)
    return tidy
  }

  const store = async (): Promise<Host | null> => {
    const read = readHostForm(tidied(), keptSecretKind)
    if (!read.ok) {
      setErrors(read.error)
      return null
    }
    setFailure(null)
    try {
      if (host === null) return await client.hosts.add(read.value)
      return await client.hosts.update({ id: host.id, change: read.value })
    } catch (reason) {
      if (reason instanceof ORPCError && reason.code === 'NAME_TAKEN') setFailure(t('hosts.form.nameTaken'))
      else if (reason instanceof ORPCError && reason.code === 'KEY_UNAVAILABLE') setFailure(t('hosts.form.noSecrets'))
      else setFailure(t('hosts.form.notSaved', { reason: failureWords(reason) }))
      return null
    } finally {
      void renewHosts()
    }
  }
  const save = async () => {
    setSaving(true)
    const saved = await store()
    setSaving(false)
    if (saved === null) return
    toast(t(host === null ? 'hosts.form.added' : 'hosts.form.saved', { name: saved.name }))
    onClose()
  }

  const runTest = async (of: HostForm, id: string | undefined, kept = keptSecretKind) => {
    const read = readHostForm(of, kept)
    if (!read.ok) {
      setErrors(read.error)
      return
    }
    const { name: _name, paused: _paused, mediaProcess: _mediaProcess, ...input } = read.value
    await run(testedPart(of), (signal) => client.hosts.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal }))
  }

  const outdated = test.state === 'done' && test.of !== testedPart(form)
  const works = test.state === 'done' && test.result.error === null && !outdated
  const failed = host === null && test.state === 'done' && test.result.error !== null && !outdated

  const found = test.state === 'done' && (
    <InSight when={test.result} className={outdated && !works ? 'opacity-60' : ''}>
      <HostTestView
        result={test.result}
        fresh={host === null}
        stored={async () => {
          // Untouched fields need no storing, which would only have it reconnect.
          if (host !== null && test.of === testedPart(hostFormOf(host)) && !outdated) return host
          const saved = await store()
          if (saved !== null) setHost(saved)
          return saved
        }}
        onAccepted={(accepted) => {
          // It is stored by now: what it was signed in with is not shown any longer.
          const next = { ...form, name: accepted.name, password: '', key: '', passphrase: '' }
          setHost(accepted)
          setForm(next)
          void runTest(next, accepted.id, keptSecretOf(accepted, next))
          void renewHosts()
        }}
      />
    </InSight>
  )
  // A stored host that waits for an answer asks first; of a new one the fields come first.
  const asks = opened !== null && test.state === 'done' && test.result.error?.fingerprint != null

  return (
    <EditDialog
      title={host === null ? t('hosts.form.add') : t('hosts.form.edit', { name: host.name })}
      width={580}
      words={{
        close: t('common.close'),
        cancel: t(opened === null && host !== null ? 'common.close' : 'common.cancel'),
        save: saving ? t('hosts.form.saving') : host !== null ? t('hosts.form.save') : failed ? t('hosts.form.addAnyway') : t('hosts.form.addIt'),
        test: t(test.state === 'running' ? 'hosts.form.testing' : 'hosts.form.test'),
        outdated: t('hosts.form.outdated'),
      }}
      saving={saving}
      failure={failure}
      failed={failed}
      testing={test.state === 'running'}
      outdated={outdated}
      testFailure={test.state === 'failed' ? t('hosts.form.testFailed', { reason: test.words }) : null}
      onSave={() => void save()}
      onTest={() => void runTest(tidied(), host?.id)}
      onClose={onClose}
      answer={!asks && found}
    >
      {asks && found}
      <Field label={t('hosts.form.kind')}>
        {(control) => (
          <Select
            id={control.id}
            value={form.local ? 'here' : 'remote'}
            onChange={(kind) => {
              // This machine is read less often: each reading takes some of its own time.
              set({ local: kind === 'here', intervalSeconds: kind === 'here' ? '2' : '1' })
              forget()
            }}
            options={[
              { value: 'remote', label: t('hosts.form.remote') },
              { value: 'here', label: t('hosts.form.here') },
            ]}
            className="w-full"
          />
        )}
      </Field>
      {form.local ? (
        <p className="text-muted">{t('hosts.form.hereText')}</p>
      ) : (
        <TextField
          label={t('hosts.form.ssh')}
          hint={t('hosts.form.sshHint')}
          placeholder="noc@10.0.0.5:22"
          autoFocus={host === null}
          value={form.ssh}
          onChange={(event) => set({ ssh: event.target.value })}
          error={error('ssh')}
        />
      )}
      <TextField
        label={t('hosts.form.name')}
        hint={t('hosts.form.nameHint')}
        placeholder={form.local ? t('hosts.local') : nameFromTarget(form.ssh)}
        value={form.name}
        onChange={(event) => set({ name: event.target.value })}
        error={error('name')}
      />
      <Field label={t('hosts.form.server')}>
        {(control) => (
          <Select
            id={control.id}
            value={form.serverId === '' ? none : form.serverId}
            onChange={(serverId) => set({ serverId: serverId === none ? '' : serverId })}
            options={[{ value: none, label: t('hosts.form.noServer') }, ...servers.map(({ id, name }) => ({ value: id, label: name }))]}
            className="w-full"
          />
        )}
      </Field>
      <Field label={t('hosts.form.mediaProcess')} hint={t('hosts.form.mediaProcessHint')} error={error('mediaProcess')}>
        {(control) => (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder="mediamtx-1.20.1"
            className={inputClass}
            value={form.mediaProcess}
            onChange={(event) => set({ mediaProcess: event.target.value })}
          />
        )}
      </Field>
      {!form.local && (
        <>
          <Field label={t('hosts.form.auth')}>
            {(control) => (
              <Select
                id={control.id}
                value={form.authKind}
                onChange={(authKind) => set({ authKind })}
                options={authKinds.map((value) => ({ value, label: t(`hosts.form.authKinds.${value}`) }))}
                className="w-full"
              />
            )}
          </Field>
          {form.authKind === 'agent' && <p className="-mt-2 text-faint text-sm">{t('hosts.form.agentText')}</p>}
          {form.authKind === 'password' && (
            <TextField
              label={t('hosts.form.password')}
              type="password"
              autoComplete="new-password"
              value={form.password}
              onChange={(event) => set({ password: event.target.value })}
              error={error('password')}
              hint={keptSecretKind === 'password' && form.password === '' ? t('hosts.form.secretKept') : undefined}
            />
          )}
          {form.authKind === 'key' && (
            <KeyFields
              form={form}
              set={set}
              error={error}
              kept={keptSecretKind === 'key'}
              passphraseKept={keptSecretKind === 'key' && form.keyFrom === 'file' && form.keyFile.trim() === host?.auth.keyFile}
            />
          )}
          <Recipe ssh={form.ssh} jump={form.jump.split(/[\n,]/).flatMap((one) => one.trim() || [])} />
          <details
            open={
              ['jump', 'knownHostsFile', 'intervalSeconds'].some((field) => field in errors) ||
              (opened !== null && (opened.jump.length > 0 || opened.knownHostsFile !== null))
            }
          >
            <summary className="rounded py-0.5 font-medium text-muted hover:text-text">{t('hosts.form.more')}</summary>
            <div className="mt-2.5 flex flex-col gap-3.5">
              <Field label={t('hosts.form.jump')} hint={t('hosts.form.jumpHint')} error={error('jump')}>
                {(control) => (
                  <textarea
                    {...control}
                    rows={2}
                    spellCheck={false}
                    placeholder="noc@bastion.example:22"
                    className={`${inputClass} resize-y`}
                    value={form.jump}
                    onChange={(event) => set({ jump: event.target.value })}
                  />
                )}
              </Field>
              <TextField
                label={t('hosts.form.knownHosts')}
                hint={t('hosts.form.knownHostsHint')}
                value={form.knownHostsFile}
                onChange={(event) => set({ knownHostsFile: event.target.value })}
                error={error('knownHostsFile')}
              />
              <TextField
                label={t('hosts.form.interval')}
                inputMode="decimal"
                value={form.intervalSeconds}
                onChange={(event) => set({ intervalSeconds: event.target.value })}
                error={error('intervalSeconds')}
              />
            </div>
          </details>
        </>
      )}
    </EditDialog>
  )
}
/** Radix has no empty value. */
const none = '-'

interface KeyFieldsProps {
  readonly form: HostForm
  readonly set: (change: Partial<HostForm>) => void
  readonly error: (field: keyof HostForm) => string | null
  /** A key is stored already. */
  readonly kept: boolean
  /** A passphrase is stored already, of the file that is named. */
  readonly passphraseKept: boolean
}
function KeyFields({ form, set, error, kept, passphraseKept }: KeyFieldsProps) {
  const { t } = useTranslation()
  return (
    <>
      <Field label={t('hosts.form.keyFrom')}>
        {(control) => (
          <Select
            id={control.id}
            value={form.keyFrom}
            onChange={(keyFrom) => set({ keyFrom })}
            options={(['text', 'file'] as const).map((value) => ({ value, label: t(`hosts.form.keyFroms.${value}`) }))}
            className="w-full"
          />
        )}
      </Field>
      {form.keyFrom === 'text' ? (
        <Field label={t('hosts.form.key')} hint={kept && form.key === '' ? t('hosts.form.secretKept') : t('hosts.form.keyHint')} error={error('key')}>
          {(control) => (
            <textarea
              {...control}
              rows={4}
              spellCheck={false}
              autoComplete="off"
              placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
              className={`${inputClass} resize-y font-mono !text-sm`}
              value={form.key}
              onChange={(event) => set({ key: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <TextField
          label={t('hosts.form.keyFile')}
          hint={t('hosts.form.keyFileHint')}
          placeholder="/etc/mtxdeck/id_ed25519"
          value={form.keyFile}
          onChange={(event) => set({ keyFile: event.target.value })}
          error={error('keyFile')}
        />
      )}
      <TextField
        label={t('hosts.form.passphrase')}
        hint={t(passphraseKept && form.passphrase === '' ? 'hosts.form.secretKept' : 'hosts.form.passphraseHint')}
        type="password"
        autoComplete="new-password"
        value={form.passphrase}
        onChange={(event) => set({ passphrase: event.target.value })}
      />
    </>
  )
}
