interface EmptyStateProps {
  readonly icon?: React.ReactNode
  readonly title: string
  readonly children?: React.ReactNode
  readonly actions?: React.ReactNode
  readonly className?: string
}
/** Shown instead of a blank page: why there is nothing, and what to do. */
export function EmptyState({ icon, title, children, actions, className = '' }: EmptyStateProps) {
  return (
    <div className={`flex flex-col items-center justify-center gap-1.5 px-6 py-8 text-center ${className}`}>
      {icon !== undefined && <div className="mb-1 text-faint">{icon}</div>}
      <div className="text-lg font-semibold">{title}</div>
      {children !== undefined && <div className="max-w-[56ch] text-muted">{children}</div>}
      {actions !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}
