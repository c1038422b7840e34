import { Link } from 'react-router'

interface PageTabsProps {
  readonly label: string
  readonly tabs: readonly { readonly to: string; readonly title: string }[]
  /** The one that is open. */
  readonly at: string
}
/** Leads from one page to those that belong to it, and back. */
export function PageTabs({ label, tabs, at }: PageTabsProps) {
  return (
    <nav aria-label={label} className="flex flex-none gap-0.5">
      {tabs.map(({ to, title }) => (
        <Link
          key={to}
          to={to}
          aria-current={to === at ? 'page' : undefined}
          className="rounded-md border border-transparent px-3 py-[3px] font-medium text-muted hover:bg-hover aria-[current=page]:border-line aria-[current=page]:bg-raised aria-[current=page]:text-text"
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}
