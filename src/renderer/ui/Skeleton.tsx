/** Placeholder for loading content. Not animated, so that it is not mistaken for live data. */
export function Skeleton({ className = 'h-4 w-24' }: { readonly className?: string }) {
  return <span data-skeleton aria-hidden="true" className={`inline-block rounded bg-hover align-middle ${className}`} />
}
export function SkeletonRows({ rows, className = 'h-4' }: { readonly rows: number; readonly className?: string }) {
  return (
    <div data-skeleton className="flex flex-col gap-2.5" aria-hidden="true">
      {Array.from({ length: rows }, (_, place) => (
        <span key={place} className={`block rounded bg-hover ${className}`} style={{ width: `${96 - ((place * 37) % 40)}%` }} />
      ))}
    </div>
  )
}
