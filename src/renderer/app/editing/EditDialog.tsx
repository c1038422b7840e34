import { Button } from '../../ui/Button.tsx'
import { InSight } from '../../ui/InSight.tsx'
import { t } from '../words.ts'
import { FoldedFields, FormFields } from './FormFields.tsx'
import { FormFrame } from './FormFrame.tsx'
import { type Entries, shownFields, wordsById } from './fields.ts'
import { type EditedNoun, useEditing } from './useEditing.ts'

interface EditDialogProps<S, F, I, T, R> {
  readonly noun: EditedNoun<S, F, I, T, R>
  /** null: a new one. */
  readonly edited: S | null
  readonly start?: Partial<F>
  readonly onClose: () => void
  readonly onSaved?: (saved: S) => void
}

/** Adds or edits something: its fields, a test with its result, and the outcome of saving. */
export function EditDialog<S extends { readonly id: string; readonly name: string }, F extends Entries<F> & { readonly name: string }, I, T, R>({
  noun,
  edited,
  start,
  onClose,
  onSaved = onClose,
}: EditDialogProps<S, F, I, T, R>) {
  const { stored, entered, wrong, trial, outdated, ...editing } = useEditing(noun, edited, start)
  // Saving something that does not work yet is not the primary action.
  const failed = stored === null && editing.failed
  const answer = trial.state === 'done' && (
    <InSight when={trial.result} className={outdated ? 'opacity-60' : ''}>
      <noun.Answer result={trial.result} {...editing.answering} />
    </InSight>
  )
  const drawn = { fields: shownFields(noun.fields, entered), entered, stored, wrong, onEnter: editing.enter }
  const before = edited && noun.entriesOf(edited)

  return (
    <FormFrame
      title={stored === null ? wordsById(t, noun.title) : t('common.editName', { name: stored.name })}
      submit={t(editing.saving ? 'common.saving' : stored !== null ? 'common.save' : failed ? 'editing.addAnyway' : 'common.add')}
      look={failed ? 'plain' : 'primary'}
      disabled={editing.saving}
      cancel={t(edited === null && stored !== null ? 'common.close' : 'common.cancel')}
      failure={editing.failure}
      form={editing.form}
      onSubmit={() => void editing.save(onSaved)}
      onEnter={() => void editing.test()}
      onClose={onClose}
    >
      {editing.asking && answer}
      <FormFields {...drawn} focus={edited === null} />
      {noun.Below && <noun.Below entered={entered} />}
      <FoldedFields {...drawn} isOpenFirst={(id) => before !== null && before[id] !== noun.empty[id]} />
      <div className="flex items-center gap-2.5">
        <Button onClick={() => void editing.test()} disabled={trial.state === 'running'}>
          {t(trial.state === 'running' ? 'common.testing' : 'editing.test')}
        </Button>
        {outdated && <span className="text-muted">{t('editing.outdated')}</span>}
      </div>
      {trial.state === 'failed' && <p className="font-medium text-critical">{t('common.failedReason', { reason: trial.words })}</p>}
      {!editing.asking && answer}
    </FormFrame>
  )
}
