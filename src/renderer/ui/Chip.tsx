interface ChipProps extends React.ComponentProps<'button'> {
  readonly on?: boolean
}
/** A filter or a choice that is on or off. */
export function Chip({ on = false, className = '', children, ...rest }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={on}
      className={`inline-flex min-h-[24px] items-center gap-1.5 whitespace-nowrap rounded-full border px-2.5 py-px text-sm ${on ? 'border-accent bg-accent-soft text-text' : 'border-line-strong text-muted hover:bg-hover hover:text-text'} ${className}`}
      {...rest}
    >
      {children}
    </button>
  )
}

/** A list with a value added, or removed if it was there. */
export function toggled<T>(values: readonly T[], value: T): readonly T[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value]
}
export function toggledIn(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(value)) next.add(value)
  return next
}
