import type { LucideIcon } from 'lucide-react'

const looks = {
  plain: 'bg-raised border-line-strong text-text hover:bg-hover',
  primary: 'bg-accent border-accent text-on-accent font-semibold hover:brightness-110',
  quiet: 'border-transparent text-muted hover:bg-hover hover:text-text',
  danger: 'bg-raised border-line-strong text-critical hover:bg-hover',
} as const

const shape = 'inline-flex min-h-[26px] select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-2.5 py-[3px] text-sm font-medium'
/** Look of a link among buttons. */
export const buttonLinkClass = `${shape} ${looks.plain}`

interface ButtonProps extends React.ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  /** Key to show inside; it is bound elsewhere. */
  readonly keyHint?: string
  readonly icon?: LucideIcon
  readonly text?: string
  /** Of an icon alone: its tooltip, and what screen readers say. */
  readonly label?: string
}
/** `look="quiet"` for icons in rows. */
export function Button({ look = 'plain', keyHint, icon: Icon, text, label, className = '', children, type = 'button', ...rest }: ButtonProps) {
  const width = label === undefined ? '' : '!px-1.5'
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={`${shape} disabled:opacity-50 disabled:hover:brightness-100 ${looks[look]} ${width} ${className}`}
      {...rest}
    >
      {Icon && <Icon size={label === undefined ? 13 : 14} aria-hidden="true" />}
      {text}
      {children}
      {keyHint !== undefined && <KeyHint bare>{keyHint}</KeyHint>}
    </button>
  )
}

/** Shows a keyboard shortcut. `bare`: without a frame, inside buttons. */
export function KeyHint({ children, bare = false }: { readonly children: string; readonly bare?: boolean }) {
  return <kbd className={`font-sans text-xs ${bare ? 'font-normal' : 'rounded border border-line-strong px-[5px] font-medium text-muted'}`}>{children}</kbd>
}
