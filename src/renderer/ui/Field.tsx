import { useId } from 'react'

export const inputClass =
  'w-full rounded-md border border-line-strong bg-bg px-2.5 py-[5px] text-base text-text placeholder:text-faint disabled:opacity-60 aria-[invalid=true]:border-critical'

interface FieldProps {
  readonly label: string
  readonly hint?: React.ReactNode
  /** What is wrong with the entry; announced when it appears. */
  readonly error?: string | null
  readonly className?: string
  /** Renders the control; spread the given attributes on it. */
  readonly children: (control: { readonly id: string; readonly 'aria-invalid': boolean; readonly 'aria-describedby': string }) => React.ReactNode
}
export function Field({ label, hint, error = null, className = '', children }: FieldProps) {
  const id = useId()
  return (
    <div data-wrong={error === null ? undefined : ''} className={`flex flex-col gap-1 ${className}`}>
      <label htmlFor={id} className="text-sm font-medium text-muted">
        {label}
      </label>
      {children({ id, 'aria-invalid': error !== null, 'aria-describedby': `${id}-words` })}
      <div id={`${id}-words`} aria-live="polite" className="text-sm">
        {error === null ? <span className="text-faint">{hint}</span> : <span className="font-medium text-critical">{error}</span>}
      </div>
    </div>
  )
}

export function TextField({
  label,
  hint,
  error = null,
  className = '',
  ...input
}: Omit<FieldProps, 'children'> & Omit<React.ComponentProps<'input'>, 'children'>) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => <input type="text" autoComplete="off" spellCheck={false} {...input} {...control} className={inputClass} />}
    </Field>
  )
}
