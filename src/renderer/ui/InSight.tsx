import { useEffect, useRef } from 'react'

/** Scrolls its content into view whenever `when` changes, such as a result below the button that requested it. */
export function InSight({ when, className, children }: { readonly when: unknown; readonly className?: string; readonly children: React.ReactNode }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (when) ref.current?.scrollIntoView({ block: 'start' })
  }, [when])
  return (
    <div ref={ref} className={className}>
      {children}
    </div>
  )
}
