import { useId } from 'react'

interface PanelProps {
  readonly title?: React.ReactNode
  readonly hint?: React.ReactNode
  readonly actions?: React.ReactNode
  readonly className?: string
  readonly bodyClassName?: string
  readonly children: React.ReactNode
}
/** A section of a page: a thin border, a title and content. */
export function Panel({ title, hint, actions, className = '', bodyClassName = '', children }: PanelProps) {
  const id = useId()
  return (
    <section
      className={`flex min-h-0 min-w-0 flex-col rounded-lg border border-line bg-surface px-3.5 pb-3 pt-2.5 ${className}`}
      {...(title === undefined ? {} : { 'aria-labelledby': id })}
    >
      {title !== undefined && <PanelTitle id={id} title={title} hint={hint} actions={actions} />}
      <div className={`min-h-0 min-w-0 flex-1 ${bodyClassName}`}>{children}</div>
    </section>
  )
}

interface PanelTitleProps {
  readonly id?: string
  readonly title: React.ReactNode
  readonly hint?: React.ReactNode
  readonly actions?: React.ReactNode
}
/** The title line of a panel, for sections without a frame. Where it is narrow, the hint is cut before the title. */
export function PanelTitle({ id, title, hint, actions }: PanelTitleProps) {
  return (
    <div className="mb-2 flex min-w-0 flex-none items-baseline gap-2 whitespace-nowrap">
      <h2 id={id} className="min-w-0 truncate text-base font-semibold">
        {title}
      </h2>
      {hint !== undefined && <span className="min-w-0 shrink-[999] truncate text-sm text-faint">{hint}</span>}
      {actions !== undefined && <div className="ml-auto flex flex-none items-center gap-1.5 self-center">{actions}</div>}
    </div>
  )
}

export function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <section className="mt-3.5">
      <h3 className="mb-1 font-semibold">{title}</h3>
      {children}
    </section>
  )
}
