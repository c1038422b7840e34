import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { pathOutcomeText } from '../../i18n/configurationText.ts'
import { serverErrorText } from '../../i18n/errorText.ts'
import { settingChangeText } from '../../shared/configurationLevels.ts'
import type { PathEdit, SettingLine } from '../../shared/pathEdits.ts'
import { FormFields } from '../app/editing/FormFields.tsx'
import { FormFrame } from '../app/editing/FormFrame.tsx'
import { readReason, reasonFields } from '../app/editing/fields.ts'
import { useValidationErrors } from '../app/editing/useValidationErrors.ts'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'

const mostLines = 30

export function SettingLines({ lines }: { readonly lines: readonly SettingLine[] }) {
  return (
    <ul className="flex flex-col font-mono text-sm">
      {lines.slice(0, mostLines).map(({ setting, before, after }) => (
        <li key={setting} className="[overflow-wrap:anywhere]">
          {settingChangeText(setting, before, after)}
        </li>
      ))}
      {lines.length > mostLines && <li className="text-muted">{t('common.andCountMore', { count: lines.length - mostLines })}</li>}
    </ul>
  )
}

const marks: Readonly<Record<PathEdit['outcome'], MarkKind>> = { applied: 'ok', partly: 'warning', refused: 'critical', unknown: 'unknown' }

const reasonField = reasonFields({ label: 'common.reason', help: 'common.reasonHint' })

interface PathChangeDialogProps<Edit> {
  readonly title: string
  readonly description?: string | undefined
  readonly submit: string
  readonly change: (reason: string) => Promise<Edit>
  /** Called after an attempt, whatever came of it. */
  readonly onSettled: () => unknown
  /** Back to what was entered, if `reason` outlives this dialog. */
  readonly onBack?: () => void
  readonly reason?: readonly [reason: string, enter: (reason: string) => void]
  readonly after?: (edit: Edit) => ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}
export function PathChangeDialog<Edit extends PathEdit>(props: PathChangeDialogProps<Edit>) {
  const { title, description, submit, change, onSettled, onBack, after, onClose, children } = props
  const own = useState('')
  const [reason, enter] = props.reason ?? own
  const { wrong, form, refuse, forget } = useValidationErrors()
  const { mutate, data, error, isPending } = useMutation({ mutationFn: change, onSettled: () => void onSettled() })
  if (data !== undefined)
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={title}
        {...(description !== undefined && { description })}
        closeLabel={t('common.close')}
        width={640}
        footer={<Button onClick={onClose}>{t('common.close')}</Button>}
      >
        <PathOutcome edit={data}>{after?.(data)}</PathOutcome>
      </Dialog>
    )
  return (
    <FormFrame
      at="middle"
      width={640}
      title={title}
      description={description}
      submit={isPending ? t('pathEdits.reading') : submit}
      disabled={isPending}
      failure={error === null ? null : t('common.failedReason', { reason: failureText(error) })}
      form={form}
      actions={onBack && <Button disabled={isPending} onClick={onBack} text={t('pathEdits.back')} />}
      onSubmit={() => {
        const read = readReason({ reason })
        if (read.ok) mutate(read.value)
        else refuse(read.error)
      }}
      onClose={onClose}
    >
      {children}
      <FormFields
        fields={reasonField}
        entered={{ reason }}
        stored={null}
        wrong={wrong}
        disabled={isPending}
        onEnter={(_, text) => {
          enter(text)
          forget()
        }}
      />
    </FormFrame>
  )
}

function PathOutcome({ edit: { outcome, error, notTaken }, children }: { readonly edit: PathEdit; readonly children: ReactNode }) {
  const words = error && serverErrorText(error, language)
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="flex items-baseline gap-2 text-lg">
        <Mark kind={marks[outcome]} className="flex-none" /> {pathOutcomeText(outcome, language)}
      </p>
      {words !== null && (
        <p className="break-words text-major">
          {words.what} {words.todo}
        </p>
      )}
      {notTaken.length > 0 && (
        <section>
          <h3 className="font-medium">{t('pathEdits.notTaken')}</h3>
          <SettingLines lines={notTaken} />
        </section>
      )}
      {children}
    </div>
  )
}
