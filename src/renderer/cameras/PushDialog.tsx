import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { pathChangeLastsText, pathPreviewTexts } from '../../i18n/configurationText.ts'
import type { Camera } from '../../shared/cameras.ts'
import type { PathEdit } from '../../shared/pathEdits.ts'
import { Copyable } from '../app/Copyable.tsx'
import { client, renew } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { type FormField, noReason, readReason, reasonFields } from '../app/editing/fields.ts'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { useServers } from '../fleet/fleet.ts'
import { PathOutcome, SettingLines } from '../fleet/PathOutcome.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'

const reasonField = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })

interface Entries {
  readonly serverId: string
  readonly path: string
  readonly reason: string
}
type Preview = Awaited<ReturnType<typeof client.cameras.pushPreview>>

interface PushDialogProps {
  readonly camera: Camera
  readonly onClose: () => void
}
/** Makes a camera an on-demand path of a server: chosen, previewed, given a reason, made and read back. */
export function PushDialog({ camera, onClose }: PushDialogProps) {
  const servers = useServers()
  const [entered, setEntered] = useState<Entries>({ serverId: servers[0]?.id ?? '', path: '', reason: '' })
  const [preview, setPreview] = useState<Preview | null>(null)
  const { wrong, form, refuse, forget } = useValidationErrors()
  const target = { id: camera.id, serverId: entered.serverId, ...(entered.path.trim() !== '' && { path: entered.path.trim() }) }
  const look = useMutation({ mutationFn: () => client.cameras.pushPreview(target), onSuccess: setPreview })
  const push = useMutation({
    mutationFn: ({ reason, basis }: { readonly reason: string; readonly basis: string }) => client.cameras.push({ ...target, reason, basis }),
    onSettled: () => renew('cameras'),
  })
  const title = t('cameras.push.title', { name: camera.name })
  if (push.data !== undefined) return <Outcome title={title} edit={push.data} onClose={onClose} />
  const error = preview === null ? look.error : push.error
  const busy = look.isPending || push.isPending
  const fields: readonly FormField<Entries>[] =
    preview === null
      ? [
          { id: 'serverId', kind: 'choice', label: 'common.server', options: servers.map(({ id, name }) => ({ value: id, label: { name } })) },
          { id: 'path', kind: 'text', label: 'common.path', help: 'cameras.push.pathHint', input: { maxLength: 1_024 } },
        ]
      : reasonField
  const submit = () => {
    if (preview === null) return look.mutate()
    const reason = readReason(entered)
    if (reason.ok) push.mutate({ reason: reason.value, basis: preview.basis })
    else refuse(reason.error)
  }
  return (
    <FormFrame
      at="middle"
      width={640}
      title={title}
      description={preview === null ? t('cameras.push.text') : `${servers.find(({ id }) => id === entered.serverId)?.name ?? ''} / ${preview.path}`}
      submit={t(busy ? 'pathEdits.reading' : preview === null ? 'pathEdits.preview' : 'cameras.push.submit')}
      disabled={busy || entered.serverId === ''}
      failure={servers.length === 0 ? t('common.noServersYet') : error === null ? null : t('common.failedReason', { reason: failureText(error) })}
      form={form}
      {...(preview !== null && {
        actions: (
          <Button
            disabled={busy}
            onClick={() => {
              setPreview(null)
              push.reset()
            }}
          >
            {t('pathEdits.back')}
          </Button>
        ),
      })}
      onSubmit={submit}
      onClose={onClose}
    >
      {preview !== null && (
        <>
          <div className="rounded border border-line px-2.5 py-2">
            <SettingLines lines={preview.lines} />
          </div>
          {pathPreviewTexts(preview, language).map((text) => (
            <p key={text} className="text-muted">
              {text}
            </p>
          ))}
          <Yaml yaml={preview.yaml} />
        </>
      )}
      <FormFields
        fields={fields}
        entered={entered}
        stored={null}
        wrong={wrong}
        disabled={busy}
        onEnter={({ id }, text) => {
          setEntered((before) => ({ ...before, [id]: text }))
          forget()
          look.reset()
        }}
      />
    </FormFrame>
  )
}

/** Takes the path of a camera away from its server. */
export function WithdrawDialog({ camera, onClose }: PushDialogProps) {
  const [reason, setReason] = useState(noReason)
  const { wrong, form, refuse, forget } = useValidationErrors()
  const withdraw = useMutation({ mutationFn: (given: string) => client.cameras.withdraw({ id: camera.id, reason: given }), onSettled: () => renew('cameras') })
  const title = t('cameras.push.withdrawTitle', { name: camera.name })
  if (withdraw.data !== undefined) return <Outcome title={title} edit={withdraw.data} onClose={onClose} />
  return (
    <FormFrame
      at="middle"
      title={title}
      description={camera.pushed?.path}
      submit={t(withdraw.isPending ? 'pathEdits.reading' : 'cameras.push.withdraw')}
      disabled={withdraw.isPending}
      failure={withdraw.isError ? t('common.failedReason', { reason: failureText(withdraw.error) }) : null}
      form={form}
      onSubmit={() => {
        const read = readReason(reason)
        if (read.ok) withdraw.mutate(read.value)
        else refuse(read.error)
      }}
      onClose={onClose}
    >
      <p className="text-muted">{pathChangeLastsText(language)}</p>
      <FormFields
        fields={reasonField}
        entered={reason}
        stored={null}
        wrong={wrong}
        disabled={withdraw.isPending}
        onEnter={(_, text) => {
          setReason({ reason: text })
          forget()
        }}
      />
    </FormFrame>
  )
}

/** For the server's own file, where it lasts. */
function Yaml({ yaml }: { readonly yaml: string }) {
  return (
    <section className="flex flex-col gap-1">
      <h3 className="font-medium">{t('cameras.push.yaml')}</h3>
      <Copyable text={yaml} />
    </section>
  )
}

function Outcome({ title, edit, onClose }: { readonly title: string; readonly edit: PathEdit & { readonly yaml: string }; readonly onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      closeLabel={t('common.close')}
      width={640}
      footer={<Button onClick={onClose}>{t('common.close')}</Button>}
    >
      <PathOutcome edit={edit}>{edit.outcome !== 'refused' && edit.yaml !== '' && <Yaml yaml={edit.yaml} />}</PathOutcome>
    </Dialog>
  )
}
