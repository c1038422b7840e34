import { useEffect, useRef } from 'react'

/** Brings what is inside into sight whenever `when` changes, such as an answer below the button that asked for it. */
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
