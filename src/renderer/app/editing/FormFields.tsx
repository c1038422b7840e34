import { type ReactNode, useId, useState } from 'react'
import { validationErrorText } from '../../../i18n/validationErrorText.ts'
import { Field, inputClass } from '../../ui/Field.tsx'
import { Select } from '../../ui/Select.tsx'
import { Tick } from '../../ui/Tick.tsx'
import { language, t } from '../words.ts'
import { type Entries, type FormField, labelText, namedValidationError, type Wrong, wordsById } from './fields.ts'

interface FormFieldsProps<F, S> {
  readonly fields: readonly FormField<F, S>[]
  readonly entered: F
  readonly stored: S | null
  readonly wrong: Wrong
  readonly disabled?: boolean
  readonly focus?: boolean
  readonly onEnter: (field: FormField<F, S>, value: string) => void
}

export function FormFields<F extends Entries<F>, S>(props: FormFieldsProps<F, S>) {
  return <Grouped {...props} fields={props.fields.filter(({ more }) => !more)} />
}

/** `isOpenFirst`: whether a field has its group open at first. */
export function FoldedFields<F extends Entries<F>, S>({
  isOpenFirst = () => false,
  ...props
}: FormFieldsProps<F, S> & { readonly isOpenFirst?: (id: keyof F) => boolean }) {
  return [...new Set(props.fields.flatMap(({ more }) => more ?? []))].map((heading) => {
    const fields = props.fields.filter(({ more }) => more === heading)
    return (
      <Fold
        key={String(heading)}
        heading={wordsById(t, heading === true ? 'common.moreSettings' : heading)}
        first={fields.some(({ id }) => isOpenFirst(id))}
        isWrong={fields.some(({ id }) => props.wrong[id] !== undefined)}
      >
        <Grouped {...props} fields={fields} />
      </Fold>
    )
  })
}

function Grouped<F extends Entries<F>, S>(props: FormFieldsProps<F, S>) {
  const first = props.focus ? props.fields.find(({ kind }) => kind !== 'choice' && kind !== 'tick') : undefined
  return [...new Set(props.fields.map(({ legend }) => legend))].map((legend) => {
    const grid = (
      <div className="grid grid-cols-2 gap-3.5">
        {props.fields
          .filter((field) => field.legend === legend)
          .map((field) => (
            <OneField key={field.id} {...props} field={field} focus={field === first} />
          ))}
      </div>
    )
    if (legend === undefined) return <div key="">{grid}</div>
    return (
      <fieldset key={legend.label}>
        <legend className="font-medium text-muted text-sm">{wordsById(t, legend.label)}</legend>
        {legend.help !== undefined && <p className="mb-2 text-faint text-sm">{wordsById(t, legend.help)}</p>}
        {grid}
      </fieldset>
    )
  })
}

const widths = { whole: 'col-span-2', half: '', right: 'col-start-2' }

function OneField<F extends Entries<F>, S>({
  field,
  fields,
  entered,
  stored,
  wrong,
  disabled,
  focus,
  onEnter,
}: FormFieldsProps<F, S> & { readonly field: FormField<F, S> }) {
  const hintId = useId()
  const { id, kind, input: { rows, className: look = '', ...input } = {} } = field
  const value = entered[id]
  const nameOf = (key: string) => {
    const label = fields.find((one) => one.id === key)?.label
    return label === undefined ? key : labelText(t, label)
  }
  const wordsOf = (words: typeof field.help) =>
    typeof words === 'function' ? words(t, entered, stored) : words === undefined ? undefined : wordsById(t, words)
  const placeholder = typeof field.placeholder === 'function' ? field.placeholder(t, entered, stored) : field.placeholder
  const enter = (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onEnter(field, event.target.value)
  const error = wrongText(wrong[id], nameOf)
  if (kind === 'tick')
    return (
      <div data-wrong={error === null ? undefined : ''} className={widths[field.half === undefined ? 'whole' : 'half']}>
        <Tick
          checked={value === 'yes'}
          disabled={disabled}
          aria-describedby={field.help === undefined ? undefined : hintId}
          onTick={(isTicked) => onEnter(field, isTicked ? 'yes' : '')}
          labelClass="flex items-center gap-2 text-muted"
        >
          {labelText(t, field.label)}
        </Tick>
        {field.help !== undefined && (
          <p id={hintId} className="pl-6 text-faint text-sm">
            {wordsOf(field.help)}
          </p>
        )}
        <div aria-live="polite" className="text-sm">
          {error !== null && <span className="font-medium text-critical">{error}</span>}
        </div>
      </div>
    )
  return (
    <Field
      label={labelText(t, field.label)}
      hint={wordsOf(field.help)}
      error={error}
      className={widths[field.half === undefined ? 'whole' : field.half === true ? 'half' : field.half]}
    >
      {(control) =>
        kind === 'choice' ? (
          <Select
            id={control.id}
            value={value || none}
            onChange={(chosen) => onEnter(field, chosen === none ? '' : chosen)}
            options={(field.options ?? []).map(({ value: one, label }) => ({
              value: one || none,
              label: labelText(t, label),
            }))}
            disabled={disabled ?? false}
            className="w-full"
          />
        ) : kind === 'lines' ? (
          <>
            <textarea
              {...control}
              // biome-ignore lint/a11y/noAutofocus: as below
              autoFocus={focus}
              maxLength={input.maxLength}
              rows={rows}
              autoComplete="off"
              spellCheck={false}
              placeholder={placeholder}
              disabled={disabled}
              className={`${inputClass} resize-y ${look}`}
              value={value}
              onChange={enter}
            />
            {field.aid?.(value, (text) => onEnter(field, text), disabled ?? false)}
          </>
        ) : (
          <input
            {...control}
            {...input}
            type={kind === 'secret' ? 'password' : 'text'}
            autoComplete={input.autoComplete ?? (kind === 'secret' ? 'new-password' : 'off')}
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the dialog takes the focus anyway, and the operator can type at once
            autoFocus={focus}
            placeholder={placeholder}
            disabled={disabled}
            className={`${inputClass} ${look}`}
            value={value}
            onChange={enter}
          />
        )
      }
    </Field>
  )
}
function wrongText(wrong: Wrong[string], nameOf: (key: string) => string): string | null {
  if (wrong === undefined) return null
  if (typeof wrong === 'string') return wordsById(t, wrong)
  return 'said' in wrong ? wrong.said : validationErrorText(namedValidationError(wrong.validationError, nameOf), language)
}
/** Radix has no empty value. */
const none = '-'

interface FoldProps {
  readonly heading: string
  readonly first: boolean
  readonly isWrong: boolean
  readonly children: ReactNode
}
/** Opened by a mistake in it, it stays open while that is corrected. */
function Fold({ heading, first, isWrong, children }: FoldProps) {
  const [open, setOpen] = useState(first)
  if (isWrong && !open) setOpen(true)
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="rounded py-0.5 font-medium text-muted hover:text-text">{heading}</summary>
      <div className="mt-2.5 flex flex-col gap-3.5">{children}</div>
    </details>
  )
}
