import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'

interface SelectProps<T extends string> {
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly { readonly value: T; readonly label: string }[]
  /** Accessible name, if there is no visible label. */
  readonly label?: string
  readonly id?: string
  readonly disabled?: boolean
  /** While closed, single keys act as shortcuts instead of selecting entries by letter. */
  readonly passesKeys?: boolean
  readonly className?: string
}
export function Select<T extends string>({ value, onChange, options, label, id, disabled = false, passesKeys = false, className = '' }: SelectProps<T>) {
  return (
    <Radix.Root value={value} onValueChange={(chosen) => onChange(chosen as T)} disabled={disabled}>
      <Radix.Trigger
        id={id}
        aria-label={label}
        {...(passesKeys && { 'data-passes-keys': '' })}
        className={`inline-flex min-h-[28px] items-center justify-between gap-2 rounded-md border border-line-strong bg-bg px-2.5 py-1 text-base hover:bg-hover disabled:opacity-60 ${className}`}
      >
        <Radix.Value />
        <Radix.Icon>
          <ChevronDown size={14} className="text-faint" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-[50vh] min-w-(--radix-select-trigger-width) rounded-md border border-line-strong bg-raised p-1 shadow-float"
        >
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="flex cursor-pointer items-center gap-2 rounded px-2 py-1 outline-none data-[highlighted]:bg-accent-soft"
              >
                <span className="w-3.5">
                  <Radix.ItemIndicator>
                    <Check size={14} />
                  </Radix.ItemIndicator>
                </span>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
