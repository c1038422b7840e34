import { useMutation } from '@tanstack/react-query'
import { SlidersHorizontal } from 'lucide-react'
import { useEffect, useState } from 'react'
import { pathChangeLastsText, pathPreviewTexts } from '../../i18n/configurationText.ts'
import { validationErrorText } from '../../i18n/validationErrorText.ts'
import type { EditablePath, PathPreview } from '../../shared/pathEdits.ts'
import type { PathChangeKind } from '../../shared/pathSettings.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { client, orpc, queryClient } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import type { FormField } from '../app/editing/fields.ts'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { May } from '../fleet/me.tsx'
import { PathChangeDialog, SettingLines } from '../fleet/PathOutcome.tsx'
import { Button } from '../ui/Button.tsx'
import { Field, inputClass } from '../ui/Field.tsx'
import { SearchInput } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'
import { type EditableSetting, type EnteredSettings, readSettings, shownSettings, textOfSetting } from './pathEditForm.ts'

const pathField: readonly FormField<{ readonly path: string }>[] = [
  { id: 'path', kind: 'text', label: 'common.path', help: 'pathEdits.pathHint', input: { maxLength: 1_000 } },
]

interface PathEditButtonProps {
  readonly serverId: string
  readonly server: string
  /** The entry that is read as it opens; null: it is asked for. */
  readonly path: string | null
}
export function PathEditButton(of: PathEditButtonProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <May needs="administer">
        <Button icon={SlidersHorizontal} onClick={() => setIsOpen(true)} text={t('pathEdits.button')} />
      </May>
      {isOpen && <PathEditDialog {...of} onClose={() => setIsOpen(false)} />}
    </>
  )
}

interface PathEditDialogProps extends PathEditButtonProps {
  readonly onClose: () => void
}
interface Asked {
  readonly change: PathChangeKind
  readonly settings: Record<string, unknown>
}

/** What can be set is known from the server only, so that no table of fields and no `EditDialog` fits it. */
function PathEditDialog({ serverId, server, path: start, onClose }: PathEditDialogProps) {
  const [found, setFound] = useState<EditablePath | null>(null)
  const [entered, setEntered] = useState<EnteredSettings>({})
  const reason = useState('')
  const [previewed, setPreviewed] = useState<{ readonly asked: Asked; readonly preview: PathPreview } | null>(null)
  const of = { serverId, server, onClose }
  if (found === null) return <ChoosePath {...of} start={start} onFound={setFound} />
  if (previewed === null) return <EnterSettings {...of} found={found} entered={entered} onEnter={setEntered} onPreview={setPreviewed} />
  return <Confirm {...of} path={found.path} {...previewed} reason={reason} onBack={() => setPreviewed(null)} />
}

type Of = Pick<PathEditDialogProps, 'serverId' | 'server' | 'onClose'>

function ChoosePath({ serverId, server, start, onFound, onClose }: Of & { readonly start: string | null; readonly onFound: (found: EditablePath) => void }) {
  const [path, setPath] = useState(start ?? '')
  const { wrong, form, refuse, forget } = useValidationErrors()
  const read = useMutation({ mutationFn: (name: string) => client.pathEdits.read({ id: serverId, path: name }), onSuccess: onFound })
  const { mutate } = read
  useEffect(() => {
    if (start !== null) mutate(start)
  }, [mutate, start])
  const submit = () => {
    const name = path.trim()
    if (name === '') refuse({ path: 'pathEdits.pathMissing' })
    else mutate(name)
  }
  return (
    <FormFrame
      at="middle"
      width={560}
      title={t('pathEdits.title')}
      description={server}
      submit={t(read.isPending ? 'pathEdits.reading' : 'pathEdits.read')}
      disabled={read.isPending}
      failure={read.isError ? t('common.failedReason', { reason: failureText(read.error) }) : null}
      form={form}
      onSubmit={submit}
      onClose={onClose}
    >
      <FormFields
        fields={pathField}
        entered={{ path }}
        stored={null}
        wrong={wrong}
        onEnter={(_, text) => {
          setPath(text)
          forget()
        }}
      />
      <p className="text-muted">{pathChangeLastsText(language)}</p>
    </FormFrame>
  )
}

interface EnterSettingsProps extends Of {
  readonly found: EditablePath
  readonly entered: EnteredSettings
  readonly onEnter: (change: (before: EnteredSettings) => EnteredSettings) => void
  readonly onPreview: (previewed: { readonly asked: Asked; readonly preview: PathPreview }) => void
}
function EnterSettings({ serverId, server, found, entered, onEnter, onPreview, onClose }: EnterSettingsProps) {
  const [search, setSearch] = useState('')
  const [wrong, setWrong] = useState<Readonly<Record<string, ValidationError>>>({})
  const { path, configured, settings } = found
  const preview = useMutation({
    mutationFn: async (asked: Asked) => ({ asked, preview: await client.pathEdits.preview({ id: serverId, path, ...asked }) }),
    onSuccess: onPreview,
  })
  const submit = () => {
    const read = readSettings(settings, entered)
    setWrong(read.ok ? {} : read.error)
    if (read.ok) preview.mutate({ change: configured ? 'set' : 'add', settings: read.value })
  }
  const shown = shownSettings(settings, search, entered)
  const [first] = Object.entries(wrong)
  return (
    <FormFrame
      at="middle"
      width={820}
      title={`${t('pathEdits.title')}: ${path}`}
      description={server}
      submit={t(preview.isPending ? 'pathEdits.reading' : 'pathEdits.preview')}
      disabled={preview.isPending}
      failure={
        preview.isError
          ? t('common.failedReason', { reason: failureText(preview.error) })
          : first === undefined
            ? null
            : `${first[0]}: ${validationErrorText(first[1], language)}`
      }
      actions={
        configured && (
          <Button look="danger" disabled={preview.isPending} onClick={() => preview.mutate({ change: 'remove', settings: {} })} text={t('common.remove')} />
        )
      }
      onSubmit={submit}
      onClose={onClose}
    >
      {!configured && <p className="text-muted">{t('pathEdits.notConfigured', { path })}</p>}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <SearchInput label={t('common.search')} width={260} value={search} onChange={(event) => setSearch(event.target.value)} />
        {search === '' && <span className="text-faint text-sm">{t('pathEdits.ownShown')}</span>}
      </div>
      <div className="grid grid-cols-1 gap-3 min-[960px]:grid-cols-2">
        {shown.map((setting) => (
          <SettingField
            key={setting.name}
            setting={setting}
            text={entered[setting.name] ?? textOfSetting(setting)}
            wrong={wrong[setting.name]}
            disabled={preview.isPending}
            onEnter={(text) => {
              onEnter((before) => ({ ...before, [setting.name]: text }))
              setWrong({})
              preview.reset()
            }}
          />
        ))}
      </div>
    </FormFrame>
  )
}

interface SettingFieldProps {
  readonly setting: EditableSetting
  readonly text: string
  readonly wrong: ValidationError | undefined
  readonly disabled: boolean
  readonly onEnter: (text: string) => void
}
function SettingField({ setting: { name, kind, value, hidden }, text, wrong, disabled, onEnter }: SettingFieldProps) {
  return (
    <Field
      label={name}
      hint={hidden ? t('pathEdits.hiddenValue', { value: String(value) }) : kind === 'json' ? 'JSON' : undefined}
      error={wrong === undefined ? null : validationErrorText(wrong, language)}
      className={kind === 'json' ? 'min-[960px]:col-span-2' : ''}
    >
      {(control) =>
        kind === 'switch' ? (
          <Select
            id={control.id}
            value={text}
            onChange={onEnter}
            options={['true', 'false'].map((one) => ({ value: one, label: one }))}
            disabled={disabled}
            className="w-full"
          />
        ) : (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder={hidden ? '***' : undefined}
            disabled={disabled}
            className={`${inputClass} font-mono`}
            value={text}
            onChange={(event) => onEnter(event.target.value)}
          />
        )
      }
    </Field>
  )
}

interface ConfirmProps extends Of {
  readonly path: string
  readonly asked: Asked
  readonly preview: PathPreview
  readonly reason: readonly [reason: string, enter: (reason: string) => void]
  readonly onBack: () => void
}
function Confirm({ serverId, server, path, asked, preview, reason, onBack, onClose }: ConfirmProps) {
  const [interrupts, lasts] = pathPreviewTexts(preview, language)
  const isHard = preview.interrupts === 'streams' && (preview.streams !== 0 || preview.readers !== 0)
  return (
    <PathChangeDialog
      title={t(`pathEdits.confirm.${asked.change}`, { path })}
      description={server}
      submit={t(asked.change === 'remove' ? 'common.remove' : 'pathEdits.apply')}
      change={(reason) => client.pathEdits.apply({ id: serverId, path, ...asked, basis: preview.basis, reason })}
      // What is shown of the configuration is not what it is any more.
      onSettled={() =>
        Promise.all([orpc.configurations.key(), orpc.servers.configuration.key()].map((queryKey) => queryClient.invalidateQueries({ queryKey })))
      }
      onBack={onBack}
      reason={reason}
      onClose={onClose}
    >
      <div className="rounded border border-line px-2.5 py-2">
        {preview.lines.length === 0 ? <p className="text-muted">{t('pathEdits.noLines', { path })}</p> : <SettingLines lines={preview.lines} />}
      </div>
      <p className={isHard ? 'font-medium text-major' : ''}>{interrupts}</p>
      <p className="text-muted">{lasts}</p>
    </PathChangeDialog>
  )
}
