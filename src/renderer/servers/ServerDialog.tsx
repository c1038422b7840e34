import { ORPCError } from '@orpc/client'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { Server, ServerAuthInput } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { EditDialog } from '../ui/EditDialog.tsx'
import { Field, TextField } from '../ui/Field.tsx'
import { Select } from '../ui/Select.tsx'
import { ConnectionTestView } from './ConnectionTestView.tsx'
import { addressNames, emptyForm, type FormErrors, formOf, isOutdated, nameFromUrl, readForm, type ServerForm, tidyUrl } from './serverForm.ts'
import { useConnectionTest } from './useConnectionTest.ts'

interface ServerDialogProps {
  /** null: a new one. */
  readonly server: Server | null
  readonly onClose: () => void
  readonly onSaved: (server: Server) => void
}
const authKinds: readonly ServerAuthInput['kind'][] = ['none', 'basic', 'bearer', 'jwt']

/** Adds or edits a server, with the connection test inline. */
export function ServerDialog({ server, onClose, onSaved }: ServerDialogProps) {
  const { t } = useTranslation()
  const [form, setForm] = useState<ServerForm>(() => (server ? formOf(server) : emptyForm))
  const [errors, setErrors] = useState<FormErrors>({})
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  /** The API's own path that was cut off the address. */
  const [urlLeftOut, setUrlLeftOut] = useState<string | null>(null)
  const keptSecretKind = server?.auth.hasSecret ? server.auth.kind : null
  const { test, start } = useConnectionTest(server?.id ?? null, keptSecretKind)
  const set = (change: Partial<ServerForm>) => {
    setForm((before) => ({ ...before, ...change }))
    setErrors((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in change))))
  }
  const tidy = (): ServerForm => {
    const { url, leftOut } = tidyUrl(form.url)
    const tidied = { ...form, url }
    setForm(tidied)
    if (leftOut !== null) setUrlLeftOut(leftOut)
    return tidied
  }
  const runTest = (of: ServerForm) => setErrors(start(of) ?? {})
  const save = async () => {
    const tidied = tidy()
    // Only now: while the address may still be corrected, the field stays empty and shows what the name would be.
    const name = tidied.name.trim() || (server === null ? nameFromUrl(tidied.url) : '')
    const read = readForm({ ...tidied, name }, keptSecretKind)
    if (!read.ok) {
      setErrors(read.error)
      return
    }
    setSaving(true)
    setFailure(null)
    try {
      const saved = server === null ? await client.servers.add(read.value) : await client.servers.update({ id: server.id, change: read.value })
      toast(t(server === null ? 'serverForm.added' : 'serverForm.saved', { name: saved.name }))
      onSaved(saved)
    } catch (error) {
      if (error instanceof ORPCError && error.code === 'NAME_TAKEN') setErrors({ name: t('serverForm.nameTaken') })
      else setFailure(failureWords(error))
    } finally {
      setSaving(false)
    }
  }
  const error = (field: keyof ServerForm) => errors[field] ?? null
  // The server asked for a user and none was given: the fields for it are what is needed next.
  const asksForUser = test.state === 'done' && test.result.steps.some((step) => step.error?.kind === 'unauthorized' && !step.error.credentialsGiven)
  useEffect(() => {
    if (asksForUser) setForm((before) => (before.authKind === 'none' ? { ...before, authKind: 'basic' } : before))
  }, [asksForUser])
  const outdated = test.state === 'done' && isOutdated(test.of, form)
  // What does not work yet is not the way that the eye should take.
  const failed = server === null && test.state === 'done' && !test.result.ok && !outdated

  return (
    <EditDialog
      title={server === null ? t('serverForm.add') : t('serverForm.edit', { name: server.name })}
      words={{
        close: t('common.close'),
        cancel: t('common.cancel'),
        save: saving ? t('serverForm.saving') : server !== null ? t('serverForm.save') : failed ? t('serverForm.addAnyway') : t('serverForm.addIt'),
        test: t(test.state === 'running' ? 'connection.testing' : 'connection.test'),
        outdated: t('connection.outdated'),
      }}
      saving={saving}
      failure={failure === null ? null : t('serverForm.notSaved', { reason: failure })}
      failed={failed}
      testing={test.state === 'running'}
      outdated={outdated}
      testFailure={test.state === 'failed' ? t('connection.failed', { reason: test.words }) : null}
      onSave={() => void save()}
      onTest={() => runTest(tidy())}
      onClose={onClose}
      answer={
        test.state === 'done' && (
          <ConnectionTestView
            result={test.result}
            pinned={form.fingerprint}
            onPin={(fingerprint) => {
              const pinned = { ...form, fingerprint }
              setForm(pinned)
              runTest(pinned)
            }}
          />
        )
      }
    >
      <TextField
        label={t('serverForm.url')}
        hint={urlLeftOut === null ? t('serverForm.urlHint') : t('serverForm.urlShortened', { path: urlLeftOut })}
        placeholder="http://10.0.0.5:9997"
        inputMode="url"
        autoFocus={server === null}
        value={form.url}
        onChange={(event) => {
          set({ url: event.target.value })
          setUrlLeftOut(null)
        }}
        error={error('url')}
      />
      <TextField
        label={t('serverForm.name')}
        hint={t('serverForm.nameHint')}
        placeholder={nameFromUrl(tidyUrl(form.url).url)}
        value={form.name}
        onChange={(event) => set({ name: event.target.value })}
        error={error('name')}
      />
      <div className="grid grid-cols-2 gap-3.5">
        <Field label={t('serverForm.authKind')}>
          {(control) => (
            <Select
              id={control.id}
              value={form.authKind}
              onChange={(authKind) => set({ authKind, secret: '' })}
              options={authKinds.map((value) => ({ value, label: t(`serverForm.authKinds.${value}`) }))}
              className="w-full"
            />
          )}
        </Field>
        {form.authKind === 'basic' && (
          <TextField
            label={t('serverForm.user')}
            autoComplete="off"
            value={form.user}
            onChange={(event) => set({ user: event.target.value })}
            error={error('user')}
          />
        )}
        {form.authKind !== 'none' && (
          <TextField
            label={t(form.authKind === 'basic' ? 'serverForm.password' : 'serverForm.token')}
            type="password"
            autoComplete="new-password"
            value={form.secret}
            onChange={(event) => set({ secret: event.target.value })}
            error={error('secret')}
            hint={keptSecretKind === form.authKind && form.secret === '' ? t('serverForm.secretKept') : undefined}
            className={form.authKind === 'basic' ? 'col-start-2' : ''}
          />
        )}
      </div>
      <details
        open={
          ['fingerprint', 'intervalSeconds', 'addresses', 'tags'].some((field) => errors[field as keyof ServerForm] !== undefined) ||
          (server !== null && form.fingerprint !== '')
        }
      >
        <summary className="rounded py-0.5 font-medium text-muted hover:text-text">{t('serverForm.more')}</summary>
        <div className="mt-2.5 flex flex-col gap-3.5">
          <div className="grid grid-cols-2 gap-3.5">
            <TextField
              label={t('serverForm.interval')}
              hint={t('serverForm.intervalHint')}
              inputMode="decimal"
              value={form.intervalSeconds}
              onChange={(event) => set({ intervalSeconds: event.target.value })}
              error={error('intervalSeconds')}
            />
            <TextField
              label={t('serverForm.tags')}
              hint={t('serverForm.tagsHint')}
              value={form.tags}
              onChange={(event) => set({ tags: event.target.value })}
              error={error('tags')}
            />
          </div>
          <TextField
            label={t('serverForm.fingerprint')}
            hint={t('serverForm.fingerprintHint')}
            value={form.fingerprint}
            onChange={(event) => set({ fingerprint: event.target.value })}
            error={error('fingerprint')}
          />
          <fieldset>
            <legend className="font-medium text-muted text-sm">{t('serverForm.addresses')}</legend>
            <p className="mb-2 text-faint text-sm">{t('serverForm.addressesHint')}</p>
            {error('addresses') !== null && <p className="mb-2 font-medium text-critical text-sm">{error('addresses')}</p>}
            <div className="grid grid-cols-2 gap-x-3.5">
              {addressNames.map((name) => (
                <TextField
                  key={name}
                  label={t(`serverForm.address.${name}`)}
                  placeholder={server?.addresses[name] ?? ''}
                  value={form.addresses[name]}
                  onChange={(event) => set({ addresses: { ...form.addresses, [name]: event.target.value } })}
                />
              ))}
            </div>
          </fieldset>
        </div>
      </details>
    </EditDialog>
  )
}
