import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { pathChangeLastsText, pathPreviewTexts } from '../../i18n/configurationText.ts'
import type { Camera } from '../../shared/cameras.ts'
import { Copyable } from '../app/Copyable.tsx'
import { client, renew } from '../app/client.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import type { FormField } from '../app/editing/fields.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { useServers } from '../fleet/fleet.ts'
import { PathChangeDialog, SettingLines } from '../fleet/PathOutcome.tsx'

interface Entries {
  readonly serverId: string
  readonly path: string
}
type Pushed = Awaited<ReturnType<typeof client.cameras.push>>

interface PushDialogProps {
  readonly camera: Camera
  readonly onClose: () => void
}
/** Makes a camera an on-demand path of a server: chosen, previewed, given a reason, made and read back. */
export function PushDialog({ camera, onClose }: PushDialogProps) {
  const servers = useServers()
  const [entered, setEntered] = useState<Entries>({ serverId: servers[0]?.id ?? '', path: '' })
  const reason = useState('')
  const target = { id: camera.id, serverId: entered.serverId, ...(entered.path.trim() !== '' && { path: entered.path.trim() }) }
  const { data: preview, error, isPending, mutate, reset } = useMutation({ mutationFn: () => client.cameras.pushPreview(target) })
  const title = t('cameras.push.title', { name: camera.name })
  if (preview !== undefined)
    return (
      <PathChangeDialog
        title={title}
        description={`${servers.find(({ id }) => id === entered.serverId)?.name ?? ''} / ${preview.path}`}
        submit={t('cameras.push.submit')}
        change={(reason) => client.cameras.push({ ...target, reason, basis: preview.basis })}
        onSettled={() => renew('cameras')}
        onBack={reset}
        reason={reason}
        after={yamlOf}
        onClose={onClose}
      >
        <div className="rounded border border-line px-2.5 py-2">
          <SettingLines lines={preview.lines} />
        </div>
        {pathPreviewTexts(preview, language).map((text) => (
          <p key={text} className="text-muted">
            {text}
          </p>
        ))}
        <Yaml yaml={preview.yaml} />
      </PathChangeDialog>
    )
  const fields: readonly FormField<Entries>[] = [
    { id: 'serverId', kind: 'choice', label: 'common.server', options: servers.map(({ id, name }) => ({ value: id, label: { name } })) },
    { id: 'path', kind: 'text', label: 'common.path', help: 'cameras.push.pathHint', input: { maxLength: 1_024 } },
  ]
  return (
    <FormFrame
      at="middle"
      width={640}
      title={title}
      description={t('cameras.push.text')}
      submit={t(isPending ? 'pathEdits.reading' : 'pathEdits.preview')}
      disabled={isPending || entered.serverId === ''}
      failure={servers.length === 0 ? t('common.noServersYet') : error === null ? null : t('common.failedReason', { reason: failureText(error) })}
      onSubmit={() => mutate()}
      onClose={onClose}
    >
      <FormFields
        fields={fields}
        entered={entered}
        stored={null}
        wrong={{}}
        disabled={isPending}
        onEnter={({ id }, text) => {
          setEntered((before) => ({ ...before, [id]: text }))
          reset()
        }}
      />
    </FormFrame>
  )
}

export function WithdrawDialog({ camera, onClose }: PushDialogProps) {
  return (
    <PathChangeDialog
      title={t('cameras.push.withdrawTitle', { name: camera.name })}
      description={camera.pushed?.path}
      submit={t('cameras.push.withdraw')}
      change={(reason) => client.cameras.withdraw({ id: camera.id, reason })}
      onSettled={() => renew('cameras')}
      after={yamlOf}
      onClose={onClose}
    >
      <p className="text-muted">{pathChangeLastsText(language)}</p>
    </PathChangeDialog>
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
const yamlOf = ({ outcome, yaml }: Pushed) => outcome !== 'refused' && yaml !== '' && <Yaml yaml={yaml} />
