import { Mark, type MarkKind, markColor } from './Mark.tsx'

interface BannerProps {
  readonly kind: MarkKind
  readonly title: React.ReactNode
  readonly actions?: React.ReactNode
  readonly children?: React.ReactNode
}
/** Message about the whole page: what is wrong, and what to do. */
export function Banner({ kind, title, actions, children }: BannerProps) {
  return (
    <div
      role={kind === 'critical' || kind === 'major' ? 'alert' : 'status'}
      className={`tinted flex flex-none items-center gap-2.5 rounded-lg px-3 py-1.5 ${markColor[kind]}`}
    >
      <Mark kind={kind} size={16} />
      <div className="min-w-0 text-text">
        <b className="font-semibold">{title}</b>
        {children !== undefined && <span className="ml-2 text-muted">{children}</span>}
      </div>
      {actions !== undefined && <div className="ml-auto flex flex-none gap-1.5 text-text">{actions}</div>}
    </div>
  )
}
